import { ProgImageError } from "./error.ts";
import type { Image } from "./image/image.ts";
import type { ListQuery } from "./image/image_catalog.ts";
import { decodeCursor, encodeCursor } from "./image/list_cursor.ts";
import { positionOf } from "./image/list_position.ts";
import type { Ports } from "./ports.ts";
import { pathOf } from "./shape/read_shape.ts";

/** What a caller asks of a listing. */
export interface ListImagesOptions extends Omit<ListQuery, "after"> {
  /** The `next` of the page before. */
  readonly cursor?: string;
}

/** A page of a listing. */
export interface ImagePage {
  readonly items: readonly Image[];
  /** Leads to the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Gives a page of images. Only what an index can serve is on offer: one of format, tag and sha256, with or without times, in
 * the order of creation; a prefix of the name in the order of names; or everything in any order.
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
  const images = await ports.catalog.list({ ...query, limit: limit + 1, after });
  const items = images.slice(0, limit);
  const last = images.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? encodeCursor(options.order, positionOf(last, options.order)) : null };
}

/** Refuses what would have to read the whole catalog. The path is that of the filter in its request. */
export function checkListQuery(query: Omit<ListQuery, "after" | "limit">, path = ""): void {
  const exact = (["format", "tag", "sha256"] as const).filter((name) => query[name] !== undefined);
  if (exact.length > 1)
    throw refuse(pathOf(path, [exact[1] ?? ""]), `${exact.join(" and ")} cannot be combined`);
  const times = (["createdAfter", "createdBefore"] as const).filter((name) => query[name] !== undefined);
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
