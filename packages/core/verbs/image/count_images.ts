import type { ImageCount } from "../../image/catalog/image_catalog.ts";
import { checkListQuery, orderOf } from "./list_images.ts";
import type { Ports } from "../../ports.ts";
import type { ImageFilter } from "../../image/image_filter.ts";

/** The maximum count, which bounds the time of a count to milliseconds. */
const MOST_COUNTED = 10_000;

/**
 * Counts the images that match a filter, up to ten thousand.
 *
 * @throws {ProgImageError} `invalid_parameter` for a filter that no index serves
 */
export async function countImages(ports: Pick<Ports, "catalog">, filter: ImageFilter): Promise<ImageCount> {
  const query = { ...filter, order: orderOf(filter) };
  checkListQuery({ ...query, descending: true });
  return await ports.catalog.count(query, MOST_COUNTED);
}
