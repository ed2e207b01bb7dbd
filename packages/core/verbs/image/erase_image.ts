import { imageNotFound } from "./find_image.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { removeErased } from "./remove_bytes.ts";

/**
 * Forgets an image for good, deleted or not, and removes its bytes and what was rendered of it, unless other images have the same
 * bytes. Bytes that cannot be removed now are no failure: the image is gone, and the sweep removes them as soon as it can.
 *
 * @throws {ProgImageError} `image_not_found`
 */
export async function eraseImage(
  ports: Pick<Ports, "blobs" | "catalog" | "deleted" | "derivatives" | "removals">,
  id: string,
): Promise<void> {
  const erased = isImageId(id) ? await ports.deleted.erase([id]) : null;
  if (!erased || erased.images.length === 0) throw imageNotFound();
  await removeErased(ports, erased).catch(() => {}); // the sweep tries again, and says why it cannot
}
