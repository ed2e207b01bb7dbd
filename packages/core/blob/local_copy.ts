import { isLocal, type BlobStore } from "./blob_store.ts";
import type { Spool } from "./spool.ts";
import { ProgImageError } from "../error.ts";

/** A local file with the bytes of a blob, for as long as it is needed. */
export interface LocalCopy extends AsyncDisposable {
  readonly path: string;
}

/** Gives a path to a blob's bytes: its own, or a copy's in the spool if the store has no local files. */
export async function localCopy(blobs: BlobStore, key: string, spool: Spool): Promise<LocalCopy> {
  if (isLocal(blobs)) return { path: blobs.localPath(key), [Symbol.asyncDispose]: async () => {} };
  const blob = await blobs.open(key);
  if (!blob)
    throw new ProgImageError("unavailable", "Cannot read image as its bytes are missing from the store");
  return await spool.receive(blob.stream(), { limit: blob.size });
}
