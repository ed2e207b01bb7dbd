import { setImmediate } from "node:timers/promises";
import type { DerivativeCache } from "./derivative/derivative_cache.ts";
import {
  forgetDerivatives,
  type ForgetDerivativesOptions,
  type Freeing,
  olderThan,
} from "./forget_derivatives.ts";
import { isImageId } from "./image/image_id.ts";
import type { ListPosition } from "./image/image_catalog.ts";
import type { Ports } from "./ports.ts";

/** Which images to purge. */
export type PurgeSelection =
  { readonly ids: readonly string[] } | { readonly tag: string } | { readonly all: true };

/** Images that were purged. */
export interface PurgedImages extends Freeing {
  /** How many there were; of all images nobody counts them. */
  readonly purged: number | "all";
}

/** Images that are purged in one step of the catalog. */
const BATCH = 500;

/** Images whose files are looked for at once: each look reads up to 256 folders, for however many images. */
const SOURCES_AT_ONCE = 10_000;

/**
 * Has everything that was rendered of images rendered anew, as {@linkcode purgeImage} does for one. Images that come while it goes
 * on have nothing that would have to go.
 */
export async function purgeImages(
  ports: Pick<Ports, "catalog" | "derivatives">,
  selection: PurgeSelection,
  options: ForgetDerivativesOptions = {},
): Promise<PurgedImages> {
  if ("all" in selection) {
    const generation = await ports.catalog.purgeAll();
    return {
      purged: "all",
      freed: forgetDerivatives(ports, (cache) => cache.clear(olderThan(generation)), options),
    };
  }
  let purged = 0;
  let freed = Promise.resolve();
  for await (const { count, generation, sources } of portions(ports, selection)) {
    purged += count;
    const before = freed;
    const forget = async (cache: DerivativeCache) => {
      await before;
      await cache.forget([...sources], olderThan(generation));
    };
    freed = forgetDerivatives(ports, forget, options);
  }
  return { purged, freed };
}

/** Images that were purged, and what there is to free of them. */
interface Portion {
  count: number;
  readonly sources: Set<string>;
  /** The first of their new generations. */
  readonly generation: number;
}

async function* portions(
  ports: Pick<Ports, "catalog">,
  selection: Exclude<PurgeSelection, { readonly all: true }>,
): AsyncIterable<Portion> {
  let portion: Portion | null = null;
  for await (const ids of "ids" in selection ? idsOf(selection.ids) : idsTagged(ports, selection.tag)) {
    // A database in this process is never asked asynchronously: others have their turn in between.
    await setImmediate();
    for (const { generation, sha256 } of await ports.catalog.purge(ids)) {
      portion ??= { count: 0, generation, sources: new Set() };
      portion.count++;
      portion.sources.add(sha256);
    }
    if (!portion || portion.count < SOURCES_AT_ONCE) continue;
    yield portion;
    portion = null;
  }
  if (portion) yield portion;
}

function* idsOf(ids: readonly string[]): Iterable<readonly string[]> {
  const valid = [...new Set(ids.filter(isImageId))];
  for (let start = 0; start < valid.length; start += BATCH) yield valid.slice(start, start + BATCH);
}

/** Gives the ids of the images with a tag, the newest first: what is uploaded meanwhile is not waited for. */
async function* idsTagged(
  { catalog }: Pick<Ports, "catalog">,
  tag: string,
): AsyncIterable<readonly string[]> {
  for (let after: ListPosition | undefined; ;) {
    const images = await catalog.list({ order: "createdAt", descending: true, limit: BATCH, tag, after });
    const last = images.at(-1);
    if (!last) return;
    yield images.map(({ id }) => id);
    after = { value: last.createdAt, id: last.id };
  }
}
