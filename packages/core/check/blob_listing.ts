import { type BlobEntry, digestOfKey, isBlobKey, isSameContent } from "../blob/blob_store.ts";

/** The blobs in one shard of a store or of its quarantine. */
export interface BlobListing {
  /** Entries by key. */
  readonly entries: ReadonlyMap<string, BlobEntry>;
  /** Returns the keys with the bytes and the owner of a key. */
  like(key: string): readonly string[];
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
  const like = (key: string) =>
    (byDigest.get(digestOfKey(key)) ?? []).filter((other) => isSameContent(key, other));
  return { entries, like, foreign };
}
