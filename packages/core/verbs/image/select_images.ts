import { setImmediate } from "node:timers/promises";
import type { ListPosition } from "../../image/catalog/image_catalog.ts";
import { positionOf } from "../../image/catalog/list_position.ts";
import { orderOf } from "./list_images.ts";
import type { Ports } from "../../ports.ts";
import type { Selection } from "../../image/selection.ts";

/** Which images of the repository to do something with: by id, those with something in common, or all of them. */
export type ImageSelection = Selection<"ids" | "filter" | "all">;

/** What became of one image of a selection. */
export interface SelectedImage<T> {
  /** As it was given, which may be anything. */
  readonly id: string;
  readonly result: PromiseSettledResult<T>;
}

/** Images that are looked for, or changed, in one step of the catalog: others have their turn in between. */
const BATCH = 100;

/** Options for {@linkcode selectImages}. */
export interface SelectImagesOptions {
  /** Images that are given at a time. @default {100} */
  readonly batch?: number;
}

/**
 * Gives the ids of a selection, some at a time: those that are given in their order, each once; others page by page, the newest first,
 * those changed last first where a time of changes is given, or by name where its beginning is given. What is uploaded after the start is
 * left out, and so may be what is changed meanwhile where a time of changes is given.
 */
export async function* selectImages(
  ports: Pick<Ports, "catalog" | "now">,
  selection: ImageSelection,
  { batch = BATCH }: SelectImagesOptions = {},
): AsyncGenerator<readonly string[], void> {
  if ("ids" in selection) return yield* selectIds(selection.ids, { batch });
  for await (const ids of pagesOf(ports, selection, batch)) {
    await setImmediate();
    yield ids;
  }
}

/** Returns ids in their order, each once, some at a time. */
export async function* selectIds(
  ids: readonly string[],
  { batch = BATCH }: SelectImagesOptions = {},
): AsyncGenerator<readonly string[], void> {
  for (const some of batchesOf(ids, batch)) {
    // A database in this process is never asked asynchronously.
    await setImmediate();
    yield some;
  }
}

function* batchesOf(ids: readonly string[], batch: number): Iterable<readonly string[]> {
  const unique = [...new Set(ids)];
  for (let start = 0; start < unique.length; start += batch) yield unique.slice(start, start + batch);
}

async function* pagesOf(
  { catalog, now }: Pick<Ports, "catalog" | "now">,
  selection: Selection<"filter" | "all">,
  batch: number,
): AsyncGenerator<readonly string[], void> {
  const filter = "filter" in selection ? selection.filter : {};
  const order = orderOf(filter);
  const startedAt = now();
  for (let after: ListPosition | undefined; ;) {
    const query = { ...filter, order, descending: order !== "name", limit: batch, after };
    const images = await catalog.list(query);
    const last = images.at(-1);
    if (!last) return;
    yield images.filter(({ createdAt }) => createdAt <= startedAt).map(({ id }) => id);
    after = positionOf(last, order);
  }
}
