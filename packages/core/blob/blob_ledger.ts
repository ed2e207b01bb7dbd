import type { Image } from "../image/image.ts";
import type { Removal } from "./removal_record.ts";

/**
 * Records the key that holds the bytes of each digest for each owner, and the blobs that are no longer needed. The store has the bytes of
 * every recorded blob: they are stored before the record is written and removed after it is deleted. Owners share no bytes.
 *
 * Images refer to blobs by owner and digest. A blob that loses its last image becomes *idle*. If it stays idle, it is *condemned*, and later
 * *released*. Only then are its bytes removed. An upload of the same bytes resets all of this.
 */
export interface BlobLedger {
  /** Returns the ledger as another owner's uploads use it. Only `touch` depends on the owner. */
  of(owner: string): BlobLedger;
  /** Returns the owner's recorded blob for a digest, or `null`. Restarts its idle time, so that an upload can rely on it. */
  touch(digest: string): Promise<BlobRecord | null>;
  /** Condemns blobs that no image refers to and that became idle before a time. Returns how many. */
  condemn(idleBefore: number, limit: number): Promise<number>;
  /** Deletes the records of blobs that were condemned before a time and have no image. Records and returns their removals. */
  release(condemnedBefore: number, limit: number): Promise<readonly Removal[]>;
  /** Returns the subset of the keys that are on record. */
  known(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Returns recorded blobs whose keys begin with these hexadecimal digits, in key order, after a given key. */
  page(beginning: string, options: LedgerPageOptions): Promise<readonly LedgerEntry[]>;
  /** Replaces a key with one whose bytes are right. Returns `false` if the key is no longer on record. */
  replace(key: string, replacement: string): Promise<boolean>;
  /** Returns the number of recorded blobs. */
  count(): Promise<number>;
  /** Records whether the bytes of a key are damaged or missing. Returns whether the record has changed. */
  setDamaged(key: string, isDamaged: boolean): Promise<boolean>;
  /** Returns blobs whose bytes are damaged or missing, in key order. */
  damaged(limit: number): Promise<readonly BlobRecord[]>;
  /** Returns the images that have the bytes of a key, the oldest first. */
  images(key: string, limit: number): Promise<readonly BlobImage[]>;
  /** Returns the subset of these sources, from {@linkcode sourceOf}, that an image of the catalog has. Deleted images do not count. */
  referenced(sources: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes or renews a named lease, for a duration in milliseconds. Returns `false` while another holder has it. */
  lease(name: string, holder: string, duration: number): Promise<boolean>;
}

/** Bytes of an owner. */
export interface OwnedDigest {
  readonly digest: string;
  readonly owner: string;
}

/** An image that has the bytes of a blob. */
export type BlobImage = Pick<Image, "id" | "name">;

/** A recorded blob. */
export interface BlobRecord {
  readonly key: string;
  /** Whether its bytes are known to be missing or not to match its digest. */
  readonly isDamaged: boolean;
}

/** A recorded blob as {@linkcode BlobLedger.page} returns it. */
export interface LedgerEntry extends BlobRecord {
  /** Its size in bytes according to an image; `null` if no image refers to it. */
  readonly bytes: number | null;
}

/** Options for {@linkcode BlobLedger.page}. */
export interface LedgerPageOptions {
  /** @default {""} the first key */
  readonly after?: string;
  readonly limit: number;
}
