import { setImmediate } from "node:timers/promises";
import type { ListPosition, ListQuery } from "./image/image_catalog.ts";
import { positionOf } from "./image/list_position.ts";
import { checkListQuery, orderOf } from "./list_images.ts";
import type { Ports } from "./ports.ts";

/** What images of a selection have in common: the filters of a listing, as an index can serve them. */
export type ImageFilter = Omit<ListQuery, "after" | "descending" | "limit" | "order">;

/** Which images to do something with: by id, those with something in common, or all of them. */
export type ImageSelection =
  { readonly ids: readonly string[] } | { readonly filter: ImageFilter } | { readonly all: true };

/** What became of one image of a selection. */
export interface SelectedImage<T> {
  /** As it was given, which may be anything. */
  readonly id: string;
  readonly result: PromiseSettledResult<T>;
}

/** Images that are looked for, or changed, in one step of the catalog: others have their turn in between. */
const BATCH = 100;

/**
 * Refuses a filter for which there is no index.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function checkImageFilter(filter: ImageFilter): void {
  checkListQuery({ ...filter, order: orderOf(filter), descending: false });
}

/**
 * Gives the ids of a selection, some at a time: those that are given in their order, each once; others page by page, the newest first,
 * those changed last first where a time of changes is given, or by name where its beginning is given. What is uploaded after the start is
 * left out, and so may be what is changed meanwhile where a time of changes is given.
 */
export async function* selectImages(
  ports: Pick<Ports, "catalog" | "now">,
  selection: ImageSelection,
): AsyncGenerator<readonly string[], void> {
  if ("ids" in selection) return yield* selectIds(selection.ids);
  for await (const ids of pagesOf(ports, selection)) {
    await setImmediate();
    yield ids;
  }
}

/** Returns ids in their order, each once, some at a time. */
export async function* selectIds(ids: readonly string[]): AsyncGenerator<readonly string[], void> {
  for (const batch of batchesOf(ids)) {
    // A database in this process is never asked asynchronously.
    await setImmediate();
    yield batch;
  }
}

function* batchesOf(ids: readonly string[]): Iterable<readonly string[]> {
  const unique = [...new Set(ids)];
  for (let start = 0; start < unique.length; start += BATCH) yield unique.slice(start, start + BATCH);
}

async function* pagesOf(
  { catalog, now }: Pick<Ports, "catalog" | "now">,
  selection: Exclude<ImageSelection, { readonly ids: readonly string[] }>,
): AsyncGenerator<readonly string[], void> {
  const filter = "filter" in selection ? selection.filter : {};
  const order = orderOf(filter);
  const startedAt = now();
  for (let after: ListPosition | undefined; ;) {
    const query = { ...filter, order, descending: order !== "name", limit: BATCH, after };
    const images = await catalog.list(query);
    const last = images.at(-1);
    if (!last) return;
    yield images.filter(({ createdAt }) => createdAt <= startedAt).map(({ id }) => id);
    after = positionOf(last, order);
  }
}
