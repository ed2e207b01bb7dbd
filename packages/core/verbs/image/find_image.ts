import { ProgImageError } from "../../error.ts";
import { isImageId } from "../../image/image_id.ts";
import type { StoredImage } from "../../image/image.ts";
import type { ImageCatalog } from "../../image/catalog/image_catalog.ts";

/** Where images are looked up. */
export interface FindImagePorts {
  readonly catalog: Pick<ImageCatalog, "find">;
}

/**
 * Gives what is known of an image.
 *
 * @throws {ProgImageError} `image_not_found` if there is none, if it has expired, or if the id is none of ours
 */
export async function findImage(ports: FindImagePorts, id: string): Promise<StoredImage> {
  const image = isImageId(id) ? await ports.catalog.find(id) : null;
  if (!image) throw imageNotFound();
  return image;
}

/** The error for an image that is not there. It does not repeat the id, which may be anything. */
export function imageNotFound(): ProgImageError {
  return new ProgImageError(
    "image_not_found",
    "Cannot find image: there is none with this id, or it has expired",
  );
}
