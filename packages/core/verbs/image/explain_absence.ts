import { isProgImageError, ProgImageError } from "../../error.ts";
import type { DeletedImage } from "../../image/image.ts";
import { isImageId } from "../../image/image_id.ts";
import { restorableUntil } from "./list_deleted_images.ts";
import type { Ports } from "../../ports.ts";
import type { DeletedImageOptions } from "./restore_image.ts";

/**
 * Returns the error of failed work on an image. It is `deleted` instead of `image_not_found` if the image can be restored. If the database
 * is down, the error is returned unchanged.
 */
export async function explainAbsence(
  ports: Pick<Ports, "deleted" | "now">,
  id: string,
  { error, deletedGrace }: DeletedImageOptions & { readonly error: unknown },
): Promise<unknown> {
  if (!isProgImageError(error) || error.code !== "image_not_found" || !isImageId(id)) return error;
  const image = await ports.deleted.find(id).catch(() => null);
  if (!image || image.deletedAt <= ports.now() - deletedGrace) return error;
  return imageDeleted(image, deletedGrace);
}

function imageDeleted(image: DeletedImage, deletedGrace: number): ProgImageError {
  const until = new Date(restorableUntil(image, deletedGrace)).toISOString();
  const message = `Cannot find image: it was deleted, and can be restored until ${until}`;
  const deletedAt = new Date(image.deletedAt).toISOString();
  return new ProgImageError("deleted", message, { details: { deletedAt, restorableUntil: until } });
}
