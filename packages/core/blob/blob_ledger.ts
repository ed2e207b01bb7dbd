import type { Removal } from "./removal_record.ts";

/**
 * The record of which key holds the bytes of which digest, and of which bytes nobody needs any more. A digest on record has
 * its bytes in the store: they come before the record and go after it.
 *
 * Images refer to blobs by digest. What loses its last image becomes *idle*; what stays idle is *condemned*; what is still
 * condemned later is *released*, and only then its bytes go. An upload of the same bytes sets all of that back.
 */
export interface BlobLedger {
  /** Returns the blob on record for a digest and begins its idle time anew, so that an upload can count on it; or `null`. */
  touch(digest: string): Promise<BlobRecord | null>;
  /** Condemns blobs that no image refers to and that have been idle since before a time. Gives how many. */
  condemn(idleBefore: number, limit: number): Promise<number>;
  /** Strikes off blobs condemned before a time that no image refers to, and records their removal. Returns the removals. */
  release(condemnedBefore: number, limit: number): Promise<readonly Removal[]>;
  /** Gives those of the keys that are on record. */
  known(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Returns blobs on record whose keys begin with these hexadecimal digits, in the order of keys, behind a key. */
  page(beginning: string, options: LedgerPageOptions): Promise<readonly LedgerEntry[]>;
  /** Records other bytes in the place of those of a key: they are right. Returns `false` if the key is not on record any more. */
  replace(key: string, replacement: string): Promise<boolean>;
  /** Returns how many blobs are on record. */
  count(): Promise<number>;
  /** Records that the bytes of a key are damaged or missing, or that they are right again. Returns whether the record has changed. */
  setDamaged(key: string, isDamaged: boolean): Promise<boolean>;
  /** Returns blobs whose bytes are damaged or missing, in the order of keys. */
  damaged(limit: number): Promise<readonly BlobRecord[]>;
  /** Takes or renews a named lease for some milliseconds. Returns `false` while another holder has it. */
  lease(name: string, holder: string, duration: number): Promise<boolean>;
}

/** A blob on record. */
export interface BlobRecord {
  readonly key: string;
  /** Whether its bytes are known to be missing, or others than its digest says. */
  readonly isDamaged: boolean;
}

/** A blob on record as {@linkcode BlobLedger.page} shows it. */
export interface LedgerEntry extends BlobRecord {
  /** How many bytes an image says that it has; `null` if no image refers to it. */
  readonly bytes: number | null;
}

/** Options for {@linkcode BlobLedger.page}. */
export interface LedgerPageOptions {
  /** @default {""} the first key */
  readonly after?: string;
  readonly limit: number;
}
