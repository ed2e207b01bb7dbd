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

/** The ports needed to recover an image. */
export type RecoverPorts = Pick<Ports, "blobs" | "catalog" | "now" | "scratch"> & {
  readonly renderer: Pick<Ports["renderer"], "probe">;
};

/** The outcome for a blob without a record. */
export type RecoverOutcome = "none" | "over_quota" | "recovered";

/** A blob without a record. */
export interface LostBlob {
  readonly key: string;
  readonly bytes: number;
  /** The owner whose tag the key has. */
  readonly owner: string;
}

/**
 * Recovers the image of a blob without a record, under the id in the key, with the attributes that its bytes contain. Its name, tags and
 * metadata are lost; it gets the tag `recovered` instead, and is private.
 *
 * @returns the outcome: `none` if the bytes are not an image or its id is taken, `over_quota` if its owner may not store it
 */
export async function recoverImage(
  ports: RecoverPorts,
  { key, bytes, owner }: LostBlob,
): Promise<RecoverOutcome> {
  const probe = await probeBlob(ports, key, bytes);
  if (!probe) return "none";
  const id = imageIdOfKey(key) ?? newImageId(ports.now());
  const createdAt = timeOfImageId(id);
  const image: Image = {
    ...probe,
    ...NO_ATTRIBUTES,
    // It may have been: the record that said so is lost.
    private: true,
    tags: [RECOVERED_TAG],
    id,
    owner,
    bytes,
    sha256: digestOfKey(key),
    revision: 1,
    generation: 0,
    idempotencyKey: null,
    idempotencyRequest: null,
    createdAt,
    updatedAt: createdAt,
  };
  const catalog = ports.catalog.of(owner);
  if (await catalog.find(id)) return "none";
  return await add({ catalog }, image, key);
}

async function add(
  { catalog }: Pick<RecoverPorts, "catalog">,
  image: Image,
  key: string,
): Promise<RecoverOutcome> {
  try {
    return (await catalog.add(image, { key, validUntil: Number.MAX_SAFE_INTEGER })) ? "recovered" : "none";
  } catch (error) {
    if (isProgImageError(error) && error.code === "quota_exceeded") return "over_quota";
    throw error;
  }
}

/** Returns the attributes of the bytes, or `null` if they are not a readable image. */
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
