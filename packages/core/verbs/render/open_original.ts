import { type BlobContent, isLocal } from "../../blob/blob_store.ts";
import { bytesDamaged, bytesMissing, reportIfDamaged } from "../../blob/bytes_error.ts";
import type { StoredImage } from "../../image/image.ts";
import type { Ports } from "../../ports.ts";

/** An image whose bytes are requested. */
type OriginalImage = Pick<StoredImage, "blobKey" | "bytes" | "isDamaged">;

/**
 * Returns the original bytes of an image.
 *
 * @throws {ProgImageError} `damaged` if they have changed; `unavailable` if the store does not have them
 */
export async function openOriginal(
  ports: Pick<Ports, "blobs" | "reportDamage">,
  image: OriginalImage,
): Promise<BlobContent> {
  const { blobKey, bytes } = image;
  assertUndamaged(image);
  const blob = await ports.blobs.open(blobKey, { bytes });
  if (blob?.size === bytes) return blob;
  const error = blob ? bytesDamaged(blobKey, `${blob.size} of ${bytes} bytes`) : bytesMissing(blobKey);
  throw await reportIfDamaged(error, blobKey, ports.reportDamage);
}

/**
 * Returns a function that returns the bytes of an image again, synchronously, for the current state of the image. It returns `null` if they
 * are incomplete, or must be looked up.
 *
 * @param opened The result of {@linkcode openOriginal}
 */
export function recallingOriginal(
  { blobs }: Pick<Ports, "blobs">,
  { blobKey, bytes }: OriginalImage,
  opened: BlobContent,
): (image: OriginalImage) => BlobContent | null {
  const recall = isLocal(blobs) ? blobs.recalling(blobKey, bytes) : () => opened;
  return (image) => (image.isDamaged || image.blobKey !== blobKey ? null : recall());
}

/** @throws {ProgImageError} `damaged` if the bytes of an image are on record as damaged or missing */
export function assertUndamaged({ blobKey, isDamaged }: Pick<OriginalImage, "blobKey" | "isDamaged">): void {
  if (isDamaged) throw bytesDamaged(blobKey, "they are on record as damaged or missing");
}
