import { isImageId } from "../image/image_id.ts";
import type { CheckedFiles, DueCheck } from "./checked_files.ts";

/** A blob as a listing shows it. */
export interface BlobEntry {
  /** Of what is no blob, the path from the store: with a slash, which no key has. */
  readonly key: string;
  readonly bytes: number;
  /** When its bytes came in, in milliseconds since 1970; `NaN` if the store does not say. */
  readonly publishedAt: number;
}

/**
 * Bytes that lie elsewhere: each reading asks for them, and needs them to be there still. What does not come completely fails; it never
 * ends early.
 */
export interface RemoteContent {
  readonly size: number;
  /** Gives a part, to be read by itself. */
  slice(start: number, end: number): RemoteContent;
  /**
   * Asks whether the bytes are there in full, and reads none of them.
   *
   * @throws {ProgImageError} `damaged`, `unavailable`
   */
  check(): Promise<void>;
  /**
   * Begins to read: resolves once the first bytes have come.
   *
   * @throws {ProgImageError} `damaged`, `unavailable`, `busy`, `cancelled`
   */
  begin(options?: { readonly signal?: AbortSignal }): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Reads when it is read. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
}

/** The bytes of a blob, read when they are used: at hand, or elsewhere. */
export type BlobContent = Blob | RemoteContent;

/** Options for {@linkcode BlobStore.open}. */
export interface OpenBlobOptions {
  /** How many bytes it has, if that is known: a store need not ask then, and finds out that it is missing when it is read. */
  readonly bytes?: number;
  /** The caller compares the bytes with their SHA-256: the store need not. @default {false} */
  readonly isUnchecked?: boolean;
}

/** Where bytes live. Blobs never change; a key is never used twice. */
export interface BlobStore {
  /**
   * Publishes the bytes of a file under a new key. When it resolves they survive a crash; when it rejects nobody can read
   * any of them. The file stays where it is.
   */
  put(key: string, path: string): Promise<void>;
  /** Gives the bytes, read when they are used; `null` where the key is unknown. */
  open(key: string, options?: OpenBlobOptions): Promise<BlobContent | null>;
  /** Forgets a blob. It is no error if there is none. */
  remove(key: string): Promise<void>;
  /** Lists what lies among the blobs whose keys begin with two or more hexadecimal digits, in no particular order: files of others too. */
  list(beginning: string): AsyncIterable<BlobEntry>;
  /** Where blobs wait that the ledger does not know, before they are removed. */
  readonly quarantine: BlobQuarantine;
}

/** Blobs that were set aside. They are not served, and can be brought back. */
export interface BlobQuarantine {
  /** Moves a blob out of the store. Returns whether there was one. */
  put(key: string): Promise<boolean>;
  /** Moves a blob back into the store. Returns whether there was one. */
  restore(key: string): Promise<boolean>;
  /** Returns the bytes, read when they are used; `null` if the key is unknown. */
  open(key: string): Promise<BlobContent | null>;
  /** Removes a blob. It is no error if there is none. */
  remove(key: string): Promise<void>;
  /** Lists blobs whose keys begin with two or more hexadecimal digits; `publishedAt` is when they were set aside. */
  list(beginning: string): AsyncIterable<BlobEntry>;
}

/** A store whose blobs are local files. */
export interface LocalBlobStore extends BlobStore {
  /** Gives the path under which a blob is, or would be. */
  localPath(key: string): string;
  /** Returns a function that gives the bytes without waiting, as long as there are so many of them, else `null`. */
  recalling(key: string, bytes: number): () => Blob | null;
  /** The files whose bytes this process has seen to be right. */
  readonly checked: CheckedFiles;
}

/** A store that copies blobs to the local disk while they are used. */
export interface LeasingBlobStore extends BlobStore {
  /**
   * Gives a local file with the bytes of a blob, which stays until it is disposed of.
   *
   * @throws {ProgImageError} `damaged`, `unavailable`
   */
  lease(key: string, options?: OpenBlobOptions): Promise<LocalCopy>;
  /** Removes the local copy of a blob that another node has removed from the store. */
  dropCopy(key: string): Promise<void>;
}

/** A local file with the bytes of a blob, for as long as it is needed. */
export interface LocalCopy extends AsyncDisposable {
  readonly path: string;
  /** The check that its bytes need before they are used, if any. */
  readonly due?: DueCheck;
}

/** The 256 possible beginnings of a key: `00` to `ff`. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, index) =>
  index.toString(16).padStart(2, "0"),
);

const BLOB_KEY_REGEXP = /^[0-9a-f]{64}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Returns a key for bytes with this SHA-256 (64 hexadecimal digits). The second part makes it unique: the id of the image whose
 * upload brings the bytes, so that the image can be found again without a database, or a random UUID.
 */
export function newBlobKey(digest: string, id: string = crypto.randomUUID()): string {
  return `${digest}-${id}`;
}

/** Returns the id of the image whose upload has brought a blob, or `null` if its key does not say. */
export function imageIdOfKey(key: string): string | null {
  const id = key.slice(key.indexOf("-") + 1);
  return isImageId(id) ? id : null;
}

/** Gives the SHA-256 of the bytes that a key stands for. */
export function digestOfKey(key: string): string {
  return key.slice(0, key.indexOf("-"));
}

/** Tells whether {@linkcode newBlobKey} can have made a key. */
export function isBlobKey(key: string): boolean {
  return BLOB_KEY_REGEXP.test(key);
}

/** Returns the key of what a listing has found under a name in the part of a store whose keys begin with two digits. */
export function entryKey(shard: string, name: string): string {
  return isBlobKey(name) && name.startsWith(shard) ? name : `${shard}/${name}`;
}

/** Stops a key that {@linkcode newBlobKey} cannot have made: no other text may become part of a path. */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new TypeError(`Cannot use blob key: it is "${key}"`);
}

/** Tells whether the blobs of a store are local files. */
export function isLocal(store: BlobStore): store is LocalBlobStore {
  return "localPath" in store;
}

/** Tells whether a store copies its blobs to the local disk. */
export function isLeasing(store: BlobStore): store is LeasingBlobStore {
  return "lease" in store;
}

/** Tells whether bytes lie elsewhere. */
export function isRemote(content: BlobContent | Uint8Array): content is RemoteContent {
  return "begin" in content;
}
