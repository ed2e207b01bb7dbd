import type { ImageCount } from "../../image/catalog/image_catalog.ts";
import { checkListQuery, orderOf } from "./list_images.ts";
import type { Ports } from "../../ports.ts";
import type { ImageFilter } from "../../image/image_filter.ts";

/** Images that are counted at most: a count takes milliseconds, however many there are. */
const MOST_COUNTED = 10_000;

/**
 * Counts the images that pass a filter, up to ten thousand.
 *
 * @throws {ProgImageError} `invalid_parameter` for a filter for which there is no index
 */
export async function countImages(ports: Pick<Ports, "catalog">, filter: ImageFilter): Promise<ImageCount> {
  const query = { ...filter, order: orderOf(filter) };
  checkListQuery({ ...query, descending: true });
  return await ports.catalog.count(query, MOST_COUNTED);
}
