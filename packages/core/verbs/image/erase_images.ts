import { resultOf } from "./find_images.ts";
import type { RemovedImage } from "../../image/catalog/image_catalog.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { removeErased } from "./remove_bytes.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/**
 * Forgets each image of a selection for good, as {@linkcode eraseImage} does for one: `image_not_found` for one that is not there. Deleted
 * images are erased by their ids; a filter finds none of them.
 */
export async function* eraseImages(
  ports: Pick<Ports, "blobs" | "catalog" | "deleted" | "derivatives" | "now" | "removals">,
  selection: ImageSelection,
): AsyncGenerator<SelectedImage<RemovedImage>, void> {
  for await (const ids of selectImages(ports, selection)) {
    const erased = await ports.deleted.erase(ids.filter(isImageId));
    await removeErased(ports, erased).catch(() => {}); // the sweep tries again, and says why it cannot
    const found = new Map(erased.images.map((image) => [image.id, image]));
    for (const id of ids) yield { id, result: resultOf(found.get(id)) };
  }
}
