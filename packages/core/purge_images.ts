import { setImmediate } from "node:timers/promises";
import { forgetDerivatives } from "./forget_derivatives.ts";
import { isImageId } from "./image/image_id.ts";
import type { ListPosition } from "./image/image_catalog.ts";
import type { Image } from "./image/image.ts";
import type { Ports } from "./ports.ts";

/** Which images to purge. */
export type PurgeSelection =
  { readonly ids: readonly string[] } | { readonly tag: string } | { readonly all: true };

/** Images that are purged in one step of the catalog. */
const BATCH = 500;

/** Images whose derivatives are looked for at once: each look reads up to 256 folders, for however many images. */
const SOURCES_AT_ONCE = 10_000;

/**
 * Has everything that was rendered of images rendered anew, as {@linkcode purgeImage} does for one. Gives how many there were; of
 * all images nobody counts them. Images that come while it goes on have nothing that would have to go.
 */
export async function purgeImages(
  ports: Pick<Ports, "catalog" | "derivatives">,
  selection: PurgeSelection,
): Promise<number | "all"> {
  if ("all" in selection) {
    await ports.catalog.purgeAll();
    // What cannot be removed is found by nobody, and goes when room is made.
    await ports.derivatives.clear().catch(() => 0);
    return "all";
  }
  const batches = "ids" in selection ? idsOf(selection.ids) : idsTagged(ports, selection.tag);
  const sources = new Set<string>();
  let purged = 0;
  for await (const ids of batches) {
    for (const { sha256 } of await purge(ports, ids)) {
      sources.add(sha256);
      purged++;
    }
    if (sources.size < SOURCES_AT_ONCE) continue;
    await forgetDerivatives(ports, sources);
    sources.clear();
  }
  await forgetDerivatives(ports, sources);
  return purged;
}

async function purge({ catalog }: Pick<Ports, "catalog">, ids: readonly string[]): Promise<readonly Image[]> {
  // A database in this process is never asked asynchronously: others have their turn in between.
  await setImmediate();
  return await catalog.purge(ids);
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
