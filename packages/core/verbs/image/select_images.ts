import { setImmediate } from "node:timers/promises";
import type { ListPosition } from "../../image/catalog/image_catalog.ts";
import { positionOf } from "../../image/catalog/list_position.ts";
import { orderOf } from "./list_images.ts";
import type { Ports } from "../../ports.ts";
import type { Selection } from "../../image/selection.ts";

/** A selection of images: by id, by a filter, or all of them. */
export type ImageSelection = Selection<"ids" | "filter" | "all">;

/** The result for one image of a selection. */
export interface SelectedImage<T> {
  /** The id as the caller gave it; untrusted. */
  readonly id: string;
  readonly result: PromiseSettledResult<T>;
}

/** Images that are read or changed in one step of the catalog. Other requests run between two steps. */
const BATCH = 100;

/** Options for {@linkcode selectImages}. */
export interface SelectImagesOptions {
  /** Images per batch. @default {100} */
  readonly batch?: number;
}

/**
 * Returns the ids of a selection in batches. Given ids keep their order, without duplicates. Other selections are ordered by the time of
 * changes or by name if the filter has one of these, and else by creation; times are newest first. Images that are uploaded after the start
 * are left out. With a time of changes, images that change meanwhile may be left out too.
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

/** Returns ids in batches, in their order, without duplicates. */
export async function* selectIds(
  ids: readonly string[],
  { batch = BATCH }: SelectImagesOptions = {},
): AsyncGenerator<readonly string[], void> {
  for (const some of batchesOf(ids, batch)) {
    // Lets other requests run, as calls of a database in this process do not yield to the event loop.
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
