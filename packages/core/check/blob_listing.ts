import { type BlobEntry, digestOfKey, isBlobKey } from "../blob/blob_store.ts";

/** The blobs in one shard of a store or of its quarantine. */
export interface BlobListing {
  /** Entries by key. */
  readonly entries: ReadonlyMap<string, BlobEntry>;
  /** Keys by the digest of their bytes. */
  readonly byDigest: ReadonlyMap<string, readonly string[]>;
  /** Names of files that are not blobs. */
  readonly foreign: readonly string[];
}

/** Reads a listing to its end. */
export async function readListing(listing: AsyncIterable<BlobEntry>): Promise<BlobListing> {
  const entries = new Map<string, BlobEntry>();
  const byDigest = new Map<string, string[]>();
  const foreign: string[] = [];
  for await (const entry of listing) {
    if (!isBlobKey(entry.key)) {
      foreign.push(entry.key);
      continue;
    }
    entries.set(entry.key, entry);
    const digest = digestOfKey(entry.key);
    byDigest.set(digest, [...(byDigest.get(digest) ?? []), entry.key]);
  }
  return { entries, byDigest, foreign };
}
