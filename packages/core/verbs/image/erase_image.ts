import { imageNotFound } from "./find_image.ts";
import type { RemoveOptions } from "../../image/catalog/image_catalog.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { removeErased } from "./remove_bytes.ts";

/**
 * Erases an image for good, deleted or not, with its bytes and derivatives, unless other images of its owner have the same bytes. A failure to remove
 * the bytes is not an error: the image is gone, and the sweep retries.
 *
 * @throws {ProgImageError} `image_not_found`, and any error of `check`
 */
export async function eraseImage(
  ports: Pick<Ports, "blobs" | "deleted" | "derivatives" | "ledger" | "removals">,
  id: string,
  options: RemoveOptions = {},
): Promise<void> {
  const erased = isImageId(id) ? await ports.deleted.erase([id], options) : null;
  if (!erased || erased.images.length === 0) throw imageNotFound();
  await removeErased(ports, erased).catch(() => {}); // the sweep retries, and reports why it fails
}
