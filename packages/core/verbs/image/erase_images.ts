import { resultOf } from "./find_images.ts";
import type { RemovedImage } from "../../image/catalog/image_catalog.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { removeErased } from "./remove_bytes.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/**
 * Erases each image of a selection for good, as {@linkcode eraseImage}. A missing image results in `image_not_found`. Deleted images
 * are erased by id only, as a filter never matches them.
 */
export async function* eraseImages(
  ports: Pick<Ports, "blobs" | "catalog" | "deleted" | "derivatives" | "ledger" | "now" | "removals">,
  selection: ImageSelection,
): AsyncGenerator<SelectedImage<RemovedImage>, void> {
  for await (const ids of selectImages(ports, selection)) {
    const erased = await ports.deleted.erase(ids.filter(isImageId));
    await removeErased(ports, erased).catch(() => {}); // the sweep retries, and reports why it fails
    const found = new Map(erased.images.map((image) => [image.id, image]));
    for (const id of ids) yield { id, result: resultOf(found.get(id)) };
  }
}
