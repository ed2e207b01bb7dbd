import { imageNotFound } from "./find_image.ts";
import type { Image } from "../../image/image.ts";
import { patchAttributes, readPatch } from "../../image/image_attributes.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode updateImage}. */
export interface UpdateImageOptions {
  /** Called with the current image. If it throws, the image does not change. */
  readonly check?: (image: Image) => void;
}

/**
 * Changes the attributes of an image by a JSON merge patch, atomically.
 *
 * @throws {ProgImageError} `image_not_found`, `invalid_parameter`, and any error of `check`
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
    options.check?.(image);
    return patchAttributes(image, read);
  });
  if (!updated) throw imageNotFound();
  return updated;
}
