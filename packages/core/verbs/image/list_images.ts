import { ProgImageError } from "../../error.ts";
import type { Image } from "../../image/image.ts";
import type { ImageOrder, ListQuery } from "../../image/catalog/image_catalog.ts";
import { decodeCursor, encodeCursor } from "../../image/catalog/list_cursor.ts";
import { MOST_METADATA_KEYS } from "../../image/list_shapes.ts";
import type { Ports } from "../../ports.ts";
import { pathOf } from "../../shape/read_shape.ts";

/** Options for {@linkcode listImages}. */
export interface ListImagesOptions extends Omit<ListQuery, "after"> {
  /** The `next` of the previous page. */
  readonly cursor?: string;
}

/** A page of a listing. */
export interface ImagePage {
  readonly items: readonly Image[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Returns a page of images. Only queries that an index serves are allowed:
 *
 * - in the order of creation: format, tags, digest and times of creation
 * - in the order of changes: changes since a time
 * - in the order of names: a prefix of the name
 * - in any order: all images
 *
 * @throws {ProgImageError} `invalid_parameter` for another combination or a cursor of another listing
 */
export async function listImages(
  ports: Pick<Ports, "catalog">,
  options: ListImagesOptions,
): Promise<ImagePage> {
  checkListQuery(options);
  const { cursor, limit, ...query } = options;
  const after = cursor === undefined ? undefined : decodeCursor(cursor, options.order);
  const { images, next } = await ports.catalog.scan({ ...query, limit, after });
  return { items: images, next: next && encodeCursor(options.order, next) };
}

/** Returns the order in which an index serves a filter. */
export function orderOf({
  namePrefix,
  updatedFrom,
}: Pick<ListQuery, "namePrefix" | "updatedFrom">): ImageOrder {
  if (namePrefix !== undefined) return "name";
  return updatedFrom === undefined ? "createdAt" : "updatedAt";
}

/** Rejects queries that would scan the whole catalog. `path` is that of the filter in its request. */
export function checkListQuery(query: Omit<ListQuery, "after" | "limit">, path = ""): void {
  const exact = (["format", "tag", "sha256", "metadata"] as const).filter(
    (name) => query[name] !== undefined,
  );
  if (Object.keys(query.metadata ?? {}).length > MOST_METADATA_KEYS)
    throw refuse(pathOf(path, ["metadata"]), `metadata may have at most ${MOST_METADATA_KEYS} keys`);
  if (query.updatedFrom !== undefined && query.order !== "updatedAt")
    throw refuse(pathOf(path, ["updatedFrom"]), "updatedFrom needs the order updatedAt");
  const times = (["createdFrom", "createdBefore"] as const).filter((name) => query[name] !== undefined);
  const byTime = [...exact, ...times][0];
  if (byTime && query.order !== "createdAt")
    throw refuse(pathOf(path, [byTime]), `${byTime} needs the order createdAt`);
  if (query.namePrefix !== undefined && query.order !== "name") {
    throw refuse(pathOf(path, ["namePrefix"]), "namePrefix needs the order name");
  }
}

function refuse(parameter: string, reason: string): ProgImageError {
  return new ProgImageError("invalid_parameter", `Cannot list images: ${reason}`, { details: { parameter } });
}
