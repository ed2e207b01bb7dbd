import { ProgImageError } from "../../error.ts";
import type { Image } from "../../image/image.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";

/** Options for verbs about deleted images. */
export interface DeletedImageOptions {
  /** How long a deleted image can be restored, in milliseconds. */
  readonly deletedGrace: number;
}

/**
 * Restores a deleted image to the catalog unchanged, except that its idempotency key is cleared.
 *
 * @throws {ProgImageError} `image_not_found` if it was not deleted, if it has expired, or if the time to restore it is over
 */
export async function restoreImage(
  ports: Pick<Ports, "deleted" | "now">,
  id: string,
  { deletedGrace }: DeletedImageOptions,
): Promise<Image> {
  const [image] = isImageId(id) ? await ports.deleted.restore([id], ports.now() - deletedGrace) : [];
  if (!image) throw cannotRestore();
  return image;
}

/** Returns the error for an image that cannot be restored. It does not repeat the id, which is untrusted. */
export function cannotRestore(): ProgImageError {
  return new ProgImageError(
    "image_not_found",
    "Cannot restore image: none with this id was deleted, or the time to restore it is over",
  );
}
