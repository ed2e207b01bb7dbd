import { type BlobStore, isLeasing, isLocal, type LocalCopy, type OpenBlobOptions } from "./blob_store.ts";
import type { Spool } from "./spool.ts";
import { ProgImageError } from "../error.ts";

/** Gives a path to a blob's bytes: its own, one that the store lends, or a copy's in the spool. */
export async function localCopy(
  blobs: BlobStore,
  key: string,
  spool: Spool,
  options?: OpenBlobOptions,
): Promise<LocalCopy> {
  if (isLocal(blobs)) return { path: blobs.localPath(key), [Symbol.asyncDispose]: async () => {} };
  if (isLeasing(blobs)) return await blobs.lease(key, options);
  const blob = await blobs.open(key, options);
  if (!blob)
    throw new ProgImageError("unavailable", "Cannot read image as its bytes are missing from the store");
  return await spool.receive(blob.stream(), { limit: blob.size });
}
