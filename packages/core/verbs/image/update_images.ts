import { resultOf } from "./find_images.ts";
import type { Image } from "../../image/image.ts";
import { patchAttributes, readPatch } from "../../image/image_attributes.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/**
 * Changes the attributes of each image of a selection by a JSON merge patch, and returns the changed images. An image that the patch does
 * not fit is not changed and results in `invalid_parameter`; a missing one in `image_not_found`.
 *
 * @throws {ProgImageError} `invalid_parameter` for a patch that fits no image, before anything is changed
 */
export async function* updateImages(
  ports: Pick<Ports, "catalog" | "now">,
  selection: ImageSelection,
  patch: Readonly<Record<string, unknown>>,
): AsyncGenerator<SelectedImage<Image>, void> {
  const read = readPatch(patch, { now: ports.now(), path: "patch" });
  for await (const ids of selectImages(ports, selection)) {
    const refused = new Map<string, unknown>();
    const images = await ports.catalog.updateMany(ids.filter(isImageId), (image) => {
      try {
        return patchAttributes(image, read);
      } catch (error) {
        refused.set(image.id, error);
        return null;
      }
    });
    const updated = new Map(images.map((image) => [image.id, image]));
    for (const id of ids) {
      const reason = refused.get(id);
      yield { id, result: reason ? { status: "rejected", reason } : resultOf(updated.get(id)) };
    }
  }
}
