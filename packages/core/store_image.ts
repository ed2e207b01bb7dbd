import type { BlobRecord } from "./blob/blob_ledger.ts";
import { newBlobKey } from "./blob/blob_store.ts";
import type { SpooledFile } from "./blob/spool.ts";
import { isProgImageError, ProgImageError } from "./error.ts";
import type { Image, ImageAttributes } from "./image/image.ts";
import type { BlobOffer } from "./image/image_catalog.ts";
import { newImageId } from "./image/image_id.ts";
import type { Ports } from "./ports.ts";

/**
 * How long bytes count as fresh after they were published. Far below the age at which the sweep takes bytes without a record
 * for leftovers.
 */
const OFFER_LIFETIME_MILLISECONDS = 3_600_000;

/** How often bytes may be swept from under one upload before we give up. */
const MAX_PUBLICATIONS = 3;

/** Options for {@linkcode storeImage}. */
export interface StoreImageOptions {
  /** The client has left: an upload that waits to be probed is dropped. */
  readonly signal?: AbortSignal;
  /** The caller's name for this upload: the same name and bytes again, within a day, give the same image. */
  readonly idempotencyKey?: string | null;
}

/** An image that was stored. */
export interface StoredNow {
  readonly image: Image;
  /** An earlier upload with the same idempotency key has stored it. */
  readonly isReplayed: boolean;
}

/**
 * Keeps an image. It is probed first, then its bytes are published, then it enters the catalog: whatever happens in between,
 * no entry lacks its bytes. When this resolves, the image survives a crash. Bytes that are already here are not
 * stored twice; bytes that the store has lost or damaged are stored anew, for every image that has them.
 *
 * @throws {ProgImageError} whatever {@linkcode Renderer.probe} refuses; `key_reused`
 */
export async function storeImage(
  ports: Pick<Ports, "blobs" | "catalog" | "ledger" | "now" | "renderer">,
  file: Pick<SpooledFile, "path" | "bytes" | "sha256">,
  attributes: ImageAttributes,
  options: StoreImageOptions = {},
): Promise<StoredNow> {
  if (file.bytes === 0) {
    throw new ProgImageError(
      "invalid_request",
      "Cannot store image as it must have at least one byte: it is empty",
    );
  }
  const probe = await ports.renderer.probe(file.path, { key: file.sha256, signal: options.signal });
  const now = ports.now();
  const image: Image = {
    ...probe,
    ...attributes,
    name: attributes.name || null,
    id: newImageId(now),
    owner: "",
    bytes: file.bytes,
    sha256: file.sha256,
    revision: 1,
    generation: 0,
    idempotencyKey: options.idempotencyKey ?? null,
    createdAt: now,
    updatedAt: now,
  };
  for (let publications = 0; publications < MAX_PUBLICATIONS; publications++) {
    const known = await ports.ledger.touch(image.sha256);
    const isThere = known !== null && (await hasBytes(ports, known, file.bytes));
    // Keys are never used twice: that of a second try does not name the image.
    const key = newBlobKey(image.sha256, publications === 0 ? image.id : undefined);
    const offer = isThere ? null : await publish(ports, file.path, { key, replaces: known?.key });
    const added = await ports.catalog.add(image, offer).catch(async (error: unknown) => {
      if (offer && addedNothing(error)) await removeBlob(ports.blobs, offer.key);
      throw error;
    });
    if (offer && added) await removeUnused(ports.blobs, offer, added.blobKey);
    else if (offer) await removeBlob(ports.blobs, offer.key);
    if (added) return { image: checkReplay(added.image, image), isReplayed: added.image.id !== image.id };
  }
  throw new ProgImageError(
    "unavailable",
    "Cannot store image as its bytes were swept away while it was stored: try again",
  );
}

/** Removes the offered bytes if others are on record, or those whose place they have taken. */
async function removeUnused(blobs: Ports["blobs"], offer: BlobOffer, recorded: string): Promise<void> {
  if (recorded !== offer.key) await removeBlob(blobs, offer.key);
  else if (offer.replaces) await removeBlob(blobs, offer.replaces);
}

/** Removes bytes that are not on record. The image may be, so that this must not fail: the sweep finds what is left. */
async function removeBlob(blobs: Ports["blobs"], key: string): Promise<void> {
  await blobs.remove(key).catch(() => {});
}

/** Tells whether bytes that were published are surely not on record. Where that is not sure, they are left to the sweep. */
function addedNothing(error: unknown): boolean {
  return isProgImageError(error) && (error.code === "busy" || error.code === "storage_full");
}

function checkReplay(added: Image, { sha256 }: Image): Image {
  if (added.sha256 === sha256) return added;
  throw new ProgImageError(
    "key_reused",
    "Cannot store image as its idempotency key was used for other bytes: use another",
  );
}

/** Whether the bytes on record are in the store: a digest is believed only then. */
async function hasBytes(
  { blobs }: Pick<Ports, "blobs">,
  { key, isDamaged }: BlobRecord,
  bytes: number,
): Promise<boolean> {
  return !isDamaged && (await blobs.open(key))?.size === bytes;
}

async function publish(
  ports: Pick<Ports, "blobs" | "now">,
  path: string,
  { key, replaces }: Pick<BlobOffer, "key" | "replaces">,
): Promise<BlobOffer> {
  const validUntil = ports.now() + OFFER_LIFETIME_MILLISECONDS;
  await ports.blobs.put(key, path);
  return { key, validUntil, replaces };
}
