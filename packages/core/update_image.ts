import { ProgImageError } from "./error.ts";
import { imageNotFound } from "./find_image.ts";
import type { Image } from "./image/image.ts";
import { patchAttributes, readPatch } from "./image/image_attributes.ts";
import { isImageId } from "./image/image_id.ts";
import type { Ports } from "./ports.ts";

/** Options for {@linkcode updateImage}. */
export interface UpdateImageOptions {
  /** Changes the image only if this accepts it as it is now. */
  readonly onlyIf?: (image: Image) => boolean;
}

/**
 * Changes what was said of an image by a JSON merge patch, in one step.
 *
 * @throws {ProgImageError} `image_not_found`, `invalid_parameter`, or `precondition_failed` if `onlyIf` does not hold
 */
export async function updateImage(
  ports: Pick<Ports, "catalog" | "now">,
  id: string,
  patch: Readonly<Record<string, unknown>>,
  options: UpdateImageOptions = {},
): Promise<Image> {
  if (!isImageId(id)) throw imageNotFound();
  const read = readPatch(patch, { now: ports.now() });
  const updated = await ports.catalog.update(id, (image) => {
    if (options.onlyIf && !options.onlyIf(image)) {
      throw new ProgImageError(
        "precondition_failed",
        "Cannot update image as it has changed since: read it again",
      );
    }
    return patchAttributes(image, read);
  });
  if (!updated) throw imageNotFound();
  return updated;
}
