import { resultOf } from "./find_images.ts";
import type { Image } from "../../image/image.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { cannotRestore, type DeletedImageOptions } from "./restore_image.ts";
import { type SelectedImage, selectIds } from "./select_images.ts";

/**
 * Restores each of the deleted images with these ids, as {@linkcode restoreImage}. An image that cannot be restored results in
 * `image_not_found`.
 */
export async function* restoreImages(
  ports: Pick<Ports, "deleted" | "now">,
  ids: readonly string[],
  { deletedGrace }: DeletedImageOptions,
): AsyncGenerator<SelectedImage<Image>, void> {
  for await (const some of selectIds(ids)) {
    const images = await ports.deleted.restore(some.filter(isImageId), ports.now() - deletedGrace);
    const restored = new Map(images.map((image) => [image.id, image]));
    for (const id of some) yield { id, result: resultOf(restored.get(id), cannotRestore) };
  }
}
