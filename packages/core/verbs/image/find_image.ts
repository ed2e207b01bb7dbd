import { ProgImageError } from "../../error.ts";
import { isImageId } from "../../image/image_id.ts";
import type { StoredImage } from "../../image/image.ts";
import type { ImageCatalog } from "../../image/catalog/image_catalog.ts";

/** The port that looks up images. */
export interface FindImagePorts {
  readonly catalog: Pick<ImageCatalog, "find">;
}

/**
 * Returns an image with the facts about its bytes.
 *
 * @throws {ProgImageError} `image_not_found` if there is none, if it has expired, or if the id is invalid
 */
export async function findImage(ports: FindImagePorts, id: string): Promise<StoredImage> {
  const image = isImageId(id) ? await ports.catalog.find(id) : null;
  if (!image) throw imageNotFound();
  return image;
}

/** Returns the error for a missing image. It does not repeat the id, which is untrusted. */
export function imageNotFound(): ProgImageError {
  return new ProgImageError(
    "image_not_found",
    "Cannot find image: there is none with this id, or it has expired",
  );
}
