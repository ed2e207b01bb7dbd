import { digestOfKey, imageIdOfKey } from "../blob/blob_store.ts";
import { localCopy } from "../blob/local_copy.ts";
import { isProgImageError } from "../error.ts";
import type { Image } from "../image/image.ts";
import { NO_ATTRIBUTES } from "../image/image_attributes.ts";
import { newImageId, timeOfImageId } from "../image/image_id.ts";
import type { Probe } from "../image/probe.ts";
import type { Ports } from "../ports.ts";

/** The tag of images whose bytes were found without a record. */
export const RECOVERED_TAG = "recovered";

/** The ports that bring an image back. */
export type RecoverPorts = Pick<Ports, "blobs" | "catalog" | "now" | "scratch"> & {
  readonly renderer: Pick<Ports["renderer"], "probe">;
};

/**
 * Brings back the image of a blob without a record: under the id that the key names, with what its bytes tell. Its name, tags and
 * metadata are lost; the tag `recovered` is in their place.
 *
 * @returns whether there is such an image now; not of bytes that are no image
 */
export async function recoverImage(ports: RecoverPorts, key: string, bytes: number): Promise<boolean> {
  const probe = await probeBlob(ports, key, bytes);
  if (!probe) return false;
  const id = imageIdOfKey(key) ?? newImageId(ports.now());
  const createdAt = timeOfImageId(id);
  const image: Image = {
    ...probe,
    ...NO_ATTRIBUTES,
    tags: [RECOVERED_TAG],
    id,
    owner: "",
    bytes,
    sha256: digestOfKey(key),
    revision: 1,
    generation: 0,
    idempotencyKey: null,
    idempotencyRequest: null,
    createdAt,
    updatedAt: createdAt,
  };
  if (await ports.catalog.find(id)) return false;
  return (await ports.catalog.add(image, { key, validUntil: Number.MAX_SAFE_INTEGER })) !== null;
}

/** Returns what the bytes are, or `null` if they are no image that can be read. */
async function probeBlob(
  { blobs, renderer, scratch }: RecoverPorts,
  key: string,
  bytes: number,
): Promise<Probe | null> {
  await using copy = await localCopy(blobs, key, scratch, { bytes });
  try {
    return await renderer.probe(copy.path, { key });
  } catch (error) {
    if (isProgImageError(error) && NO_IMAGE.has(error.code)) return null;
    throw error;
  }
}

const NO_IMAGE: ReadonlySet<string> = new Set([
  "broken_image",
  "too_costly",
  "too_large",
  "too_many_pixels",
  "unsupported_media",
]);
