import { imageNotFound } from "./find_image.ts";
import type { StoredImage } from "../../image/image.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/** Returns each image of a selection. A missing image results in `image_not_found`. */
export async function* findImages(
  ports: Pick<Ports, "catalog" | "now">,
  selection: ImageSelection,
): AsyncGenerator<SelectedImage<StoredImage>, void> {
  for await (const ids of selectImages(ports, selection)) {
    const images = await ports.catalog.findMany(ids.filter(isImageId));
    const found = new Map(images.map((image) => [image.id, image]));
    for (const id of ids) yield { id, result: resultOf(found.get(id)) };
  }
}

/** Returns the result for an image: its value, or `image_not_found`. */
export function resultOf<T>(
  value: T | undefined,
  absence: () => Error = imageNotFound,
): PromiseSettledResult<T> {
  return value === undefined ? { status: "rejected", reason: absence() } : { status: "fulfilled", value };
}
