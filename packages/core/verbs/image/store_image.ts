import type { OneTimeToken } from "../../access/token/used_tokens.ts";
import type { BlobRecord } from "../../blob/blob_ledger.ts";
import { newBlobKey } from "../../blob/blob_store.ts";
import type { SpooledFile } from "../../blob/spool.ts";
import { isProgImageError, ProgImageError } from "../../error.ts";
import type { Image, ImageAttributes, SaidAttributes } from "../../image/image.ts";
import { attributesText, settleExpiry } from "../../image/image_attributes.ts";
import type { BlobOffer } from "../../image/catalog/image_catalog.ts";
import { newImageId } from "../../image/image_id.ts";
import type { Probe } from "../../image/probe.ts";
import type { Ports } from "../../ports.ts";
import { trialKey } from "../../source/source_image.ts";
import type { SourceFormat } from "../../transform/output/formats.ts";

/** How long published bytes may wait for their record. It is far below the age at which the sweep removes blobs without a record. */
const OFFER_LIFETIME_MILLISECONDS = 3_600_000;

/** Attempts of one upload whose bytes are swept before they are on record. */
const MAX_PUBLICATIONS = 3;

/** Options for {@linkcode storeImage}. */
export interface StoreImageOptions {
  /** Aborts when the client disconnects. An upload that waits for its probe is then dropped. */
  readonly signal?: AbortSignal;
  /** The caller's key for this upload. Within a day, the same key, attributes and bytes give the same image. */
  readonly idempotencyKey?: string | null;
  /** The formats that are accepted. @default {all that can be stored} */
  readonly formats?: readonly SourceFormat[];
  /** The token of the upload, which allows one image. */
  readonly token?: OneTimeToken;
  /** The endpoint of the upload, which a repeated upload must share. Without it, only the bytes must be equal. */
  readonly door?: string;
}

/** The result of {@linkcode storeImage}. */
export interface StoredNow {
  readonly image: Image;
  /** Whether an earlier upload with the same idempotency key stored it. */
  readonly isReplayed: boolean;
}

/**
 * Stores an image. It is probed, then its bytes are published, then it enters the catalog, so that no entry ever lacks its bytes. When
 * this resolves, the image survives a crash. Bytes that its owner has are stored only once. Bytes that the store has lost or damaged are
 * stored anew, for every image of the owner that has them.
 *
 * @throws {ProgImageError} any error of {@linkcode Renderer.probe}; `key_reused`; `quota_exceeded`; `conflict` for a token that was used
 */
export async function storeImage(
  ports: Pick<Ports, "blobs" | "catalog" | "ledger" | "now" | "owner" | "renderer">,
  file: Pick<SpooledFile, "path" | "bytes" | "sha256">,
  said: ImageAttributes & SaidAttributes,
  options: StoreImageOptions = {},
): Promise<StoredNow> {
  const { door, idempotencyKey = null } = options;
  const probe = await probeFile(ports, file, options).catch(async (error: unknown) => {
    throw (await isKeyOfOthers(ports, file, { error, idempotencyKey })) ? keyReused("bytes") : error;
  });
  checkFormat(probe, options);
  const now = ports.now();
  const image: Image = {
    ...probe,
    ...settleExpiry(said, now),
    name: said.name || null,
    id: newImageId(now),
    owner: ports.owner,
    bytes: file.bytes,
    sha256: file.sha256,
    revision: 1,
    generation: 0,
    idempotencyKey,
    idempotencyRequest: idempotencyKey === null || door === undefined ? null : hashOf(door, said),
    createdAt: now,
    updatedAt: now,
  };
  for (let publications = 0; publications < MAX_PUBLICATIONS; publications++) {
    const known = await ports.ledger.touch(image.sha256);
    const isThere = known !== null && (await hasBytes(ports, known, file.bytes));
    // Blob keys are never reused, so that of a second attempt does not contain the image id.
    const id = publications === 0 ? image.id : undefined;
    const key = newBlobKey(image.sha256, { id, owner: image.owner });
    const offer = isThere ? null : await publish(ports, file.path, { key, replaces: known?.key });
    const added = await ports.catalog.add(image, offer, options).catch(async (error: unknown) => {
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

/** Removes the bytes that are not needed: the offered ones if others are on record, or else those they replace. */
async function removeUnused(blobs: Ports["blobs"], offer: BlobOffer, recorded: string): Promise<void> {
  if (recorded !== offer.key) await removeBlob(blobs, offer.key);
  else if (offer.replaces) await removeBlob(blobs, offer.replaces);
}

/** Removes bytes that are not on record. It never throws, as the image may be stored; the sweep finds leftovers. */
async function removeBlob(blobs: Ports["blobs"], key: string): Promise<void> {
  await blobs.remove(key).catch(() => {});
}

/** The errors of a catalog that has added nothing. */
const ADDED_NOTHING: ReadonlySet<string> = new Set(["busy", "conflict", "quota_exceeded", "storage_full"]);

/** Returns whether published bytes are certainly not on record. If that is uncertain, they are left to the sweep. */
function addedNothing(error: unknown): boolean {
  return isProgImageError(error) && ADDED_NOTHING.has(error.code);
}

async function probeFile(
  { owner, renderer }: Pick<Ports, "owner" | "renderer">,
  { bytes, path, sha256 }: Pick<SpooledFile, "path" | "bytes" | "sha256">,
  { signal }: StoreImageOptions,
): Promise<Probe> {
  if (bytes > 0) return await renderer.probe(path, { key: trialKey({ owner, sha256 }), signal });
  const message = "Cannot store image as it must have at least one byte: it is empty";
  throw new ProgImageError("invalid_request", message);
}

function checkFormat({ format }: Probe, { formats }: StoreImageOptions): void {
  if (!formats || formats.includes(format)) return;
  const message = `Cannot store image as it must be ${formats.join(" or ")}: it is ${format}`;
  throw new ProgImageError("unsupported_media", message, { details: { known: formats } });
}

/** Errors that concern the bytes and not the state of the server. */
const REFUSALS: ReadonlySet<string> = new Set([
  "broken_image",
  "invalid_request",
  "too_costly",
  "too_large",
  "too_many_pixels",
  "unsupported_media",
]);

/** Returns whether refused bytes came with an idempotency key that was used for other bytes. */
async function isKeyOfOthers(
  { catalog }: Pick<Ports, "catalog">,
  { sha256 }: Pick<SpooledFile, "sha256">,
  { error, idempotencyKey }: { readonly error: unknown; readonly idempotencyKey: string | null },
): Promise<boolean> {
  if (idempotencyKey === null || !isProgImageError(error) || !REFUSALS.has(error.code)) return false;
  const earlier = await catalog.findByKey(idempotencyKey);
  return earlier !== null && earlier.sha256 !== sha256;
}

/** Returns the hash of a request without its bytes. */
function hashOf(door: string, said: SaidAttributes): string {
  return new Bun.CryptoHasher("sha256").update(`${door}\n${attributesText(said)}`).digest("hex");
}

function checkReplay(added: Image, { idempotencyRequest, sha256 }: Image): Image {
  if (added.sha256 !== sha256) throw keyReused("bytes");
  // Keys of earlier versions are compared by their bytes only.
  const isSame = added.idempotencyRequest === null || added.idempotencyRequest === idempotencyRequest;
  if (!isSame) throw keyReused("attributes, or at another path");
  return added;
}

function keyReused(what: string): ProgImageError {
  const message = `Cannot store image as its idempotency key was used for other ${what}: use another`;
  return new ProgImageError("key_reused", message);
}

/** Returns whether the bytes on record are in the store. A known digest alone does not prove it. */
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
