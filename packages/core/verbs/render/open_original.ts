import { type BlobContent, isLocal } from "../../blob/blob_store.ts";
import { bytesDamaged, bytesMissing, reportIfDamaged } from "../../blob/bytes_error.ts";
import type { StoredImage } from "../../image/image.ts";
import type { Ports } from "../../ports.ts";

/** An image whose bytes are asked for. */
type OriginalImage = Pick<StoredImage, "blobKey" | "bytes" | "isDamaged">;

/**
 * Gives the bytes of an image as they came in.
 *
 * @throws {ProgImageError} `damaged` if they are not what they were; `unavailable` if the store does not have them
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
 * Returns a function that gives the bytes of an image again, without waiting, from the image as it is then; `null` if they are not
 * there in full any more, or have to be looked for.
 *
 * @param opened What {@linkcode openOriginal} has given
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
