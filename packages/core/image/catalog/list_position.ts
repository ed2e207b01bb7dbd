import type { Image } from "../image.ts";
import type { ImageOrder, ListPosition } from "./image_catalog.ts";
import { UNKNOWN_NAME } from "./image_row.ts";

/** Returns the position of an image in a listing. */
export function positionOf(image: Image, order: ImageOrder): ListPosition {
  return { value: image[order] ?? UNKNOWN_NAME, id: image.id };
}
