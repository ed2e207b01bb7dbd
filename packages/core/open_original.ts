import type { BlobContent } from "./blob/blob_store.ts";
import { ProgImageError } from "./error.ts";
import type { StoredImage } from "./image/image.ts";
import type { Ports } from "./ports.ts";

/**
 * Gives the bytes of an image as they came in.
 *
 * @throws {ProgImageError} `unavailable` if the store has lost them
 */
export async function openOriginal(
  ports: Pick<Ports, "blobs">,
  image: Pick<StoredImage, "blobKey" | "bytes">,
): Promise<BlobContent> {
  const blob = await ports.blobs.open(image.blobKey, { bytes: image.bytes });
  if (!blob)
    throw new ProgImageError("unavailable", "Cannot read image as its bytes are missing from the store");
  return blob;
}
