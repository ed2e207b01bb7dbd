import { isImageId } from "../image/image_id.ts";
import { ownerTag } from "../tenant/owner_tag.ts";
import type { CheckedFiles, DueCheck } from "./checked_files.ts";

/** An entry of a store's listing. */
export interface BlobEntry {
  /** The key of a blob. For other files it is the path in the store, which contains a slash; no key does. */
  readonly key: string;
  readonly bytes: number;
  /** When its bytes were stored, in milliseconds since 1970; `NaN` if the store does not report it. */
  readonly publishedAt: number;
}

/**
 * Bytes that are not on this machine. Each read requests them again, so they must still exist. A read that is incomplete fails; it never
 * ends early.
 */
export interface RemoteContent {
  readonly size: number;
  /** Returns a part, which is read separately. */
  slice(start: number, end: number): RemoteContent;
  /**
   * Checks that all bytes are there, without reading them.
   *
   * @throws {ProgImageError} `damaged`, `unavailable`
   */
  check(): Promise<void>;
  /**
   * Starts to read. Resolves when the first bytes arrive.
   *
   * @throws {ProgImageError} `damaged`, `unavailable`, `busy`, `cancelled`
   */
  begin(options?: { readonly signal?: AbortSignal }): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Returns a stream that requests the bytes when it is read. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
}

/** The bytes of a blob, local or remote, which are read on use. */
export type BlobContent = Blob | RemoteContent;

/** Options for {@linkcode BlobStore.open}. */
export interface OpenBlobOptions {
  /** The size in bytes, if known. The store then does not look it up, and a missing blob fails when it is read. */
  readonly bytes?: number;
  /** Whether the store skips its SHA-256 check because the caller does one. @default {false} */
  readonly isUnchecked?: boolean;
}

/** A store of bytes. Blobs never change, and a key is never used twice. */
export interface BlobStore {
  /**
   * Publishes the bytes of a file under a new key. Once it resolves, they survive a crash. If it rejects, none of them can be read. The
   * file is not moved.
   */
  put(key: string, path: string): Promise<void>;
  /** Returns the bytes, which are read on use, or `null` if the key is unknown. */
  open(key: string, options?: OpenBlobOptions): Promise<BlobContent | null>;
  /** Removes a blob. Does nothing if there is none. */
  remove(key: string): Promise<void>;
  /** Lists the blobs whose keys begin with two or more hexadecimal digits, in no particular order. The list includes foreign files. */
  list(beginning: string): AsyncIterable<BlobEntry>;
  /** Holds blobs that are unknown to the ledger, until they are removed. */
  readonly quarantine: BlobQuarantine;
}

/** Blobs that were set aside. They are not served and can be restored. */
export interface BlobQuarantine {
  /** Moves a blob out of the store. Returns whether it existed. */
  put(key: string): Promise<boolean>;
  /** Moves a blob back into the store. Returns whether it existed. */
  restore(key: string): Promise<boolean>;
  /** Returns the bytes, which are read on use, or `null` if the key is unknown. */
  open(key: string): Promise<BlobContent | null>;
  /** Removes a blob. Does nothing if there is none. */
  remove(key: string): Promise<void>;
  /** Lists blobs whose keys begin with two or more hexadecimal digits. `publishedAt` is when they were set aside. */
  list(beginning: string): AsyncIterable<BlobEntry>;
}

/** A store whose blobs are local files. */
export interface LocalBlobStore extends BlobStore {
  /** Returns the path of a blob, whether or not it exists. */
  localPath(key: string): string;
  /** Returns a function that synchronously returns the blob if it exists with this size in bytes, else `null`. */
  recalling(key: string, bytes: number): () => Blob | null;
  /** The files whose bytes this process has verified. */
  readonly checked: CheckedFiles;
}

/** A store that copies blobs to the local disk for use. */
export interface LeasingBlobStore extends BlobStore {
  /**
   * Returns a local file with the bytes of a blob. It exists until it is disposed of.
   *
   * @throws {ProgImageError} `damaged`, `unavailable`
   */
  lease(key: string, options?: OpenBlobOptions): Promise<LocalCopy>;
  /** Removes the local copy of a blob that another node removed from the store. */
  dropCopy(key: string): Promise<void>;
}

/** A local file with the bytes of a blob. Disposing of it releases the file. */
export interface LocalCopy extends AsyncDisposable {
  readonly path: string;
  /** The check that its bytes must pass before use, if any. */
  readonly due?: DueCheck;
}

/** The 256 two-digit prefixes of keys: `00` to `ff`. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, index) =>
  index.toString(16).padStart(2, "0"),
);

const BLOB_KEY_REGEXP = /^[0-9a-f]{64}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-t[0-9a-f]{11})?$/;

/** The number of characters of a key before its last part, the tag of its owner. */
const UNTAGGED = 101;

/** Options for {@linkcode newBlobKey}. */
export interface NewBlobKeyOptions {
  /** The id of the uploaded image, by which the image can be recovered without a database. @default a random UUID */
  readonly id?: string;
  /** @default {""} the first owner */
  readonly owner?: string;
}

/**
 * Returns a key for bytes with this SHA-256 (64 hexadecimal digits). The second part makes it unique. Keys of an owner other than the first
 * one end with the owner's tag.
 */
export function newBlobKey(
  digest: string,
  { id = crypto.randomUUID(), owner = "" }: NewBlobKeyOptions = {},
): string {
  return owner === "" ? `${digest}-${id}` : `${digest}-${id}-${ownerTag(owner)}`;
}

/** Returns the id of the image whose upload stored a blob, or `null` if the key does not contain one. */
export function imageIdOfKey(key: string): string | null {
  const id = key.slice(key.indexOf("-") + 1, UNTAGGED);
  return isImageId(id) ? id : null;
}

/** Returns the SHA-256 in a key. */
export function digestOfKey(key: string): string {
  return key.slice(0, key.indexOf("-"));
}

/** Returns the tag of a key's owner; empty for the first owner. */
export function ownerTagOfKey(key: string): string {
  return key.slice(UNTAGGED + 1);
}

/** Returns whether two blobs have the same bytes and the same owner, so that one can stand in for the other. */
export function isSameContent(key: string, other: string): boolean {
  return digestOfKey(key) === digestOfKey(other) && ownerTagOfKey(key) === ownerTagOfKey(other);
}

/** Returns whether a text has the form of a key from {@linkcode newBlobKey}. */
export function isBlobKey(key: string): boolean {
  return BLOB_KEY_REGEXP.test(key);
}

/** Returns the `key` of a {@linkcode BlobEntry} for a file name in the folder of a two-digit prefix. */
export function entryKey(shard: string, name: string): string {
  return isBlobKey(name) && name.startsWith(shard) ? name : `${shard}/${name}`;
}

/** Throws a `TypeError` unless a text has the form of a key. No other text may become part of a path. */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new TypeError(`Cannot use blob key: it is "${key}"`);
}

/** Returns whether the blobs of a store are local files. */
export function isLocal(store: BlobStore): store is LocalBlobStore {
  return "localPath" in store;
}

/** Returns whether a store copies its blobs to the local disk. */
export function isLeasing(store: BlobStore): store is LeasingBlobStore {
  return "lease" in store;
}

/** Returns whether bytes are remote. */
export function isRemote(content: BlobContent | Uint8Array): content is RemoteContent {
  return "begin" in content;
}
