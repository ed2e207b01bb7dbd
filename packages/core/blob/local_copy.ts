import { statSync } from "node:fs";
import {
  type BlobStore,
  digestOfKey,
  isLeasing,
  isLocal,
  type LocalBlobStore,
  type LocalCopy,
  type OpenBlobOptions,
} from "./blob_store.ts";
import { bytesDamaged, bytesMissing } from "./bytes_error.ts";
import type { Spool } from "./spool.ts";

/**
 * Returns the path of a local file with a blob's bytes: the store's own file, a lease, or a copy in the spool.
 *
 * @throws {ProgImageError} `damaged` if the size differs from the expected one, `unavailable`
 */
export async function localCopy(
  blobs: BlobStore,
  key: string,
  spool: Spool,
  options?: OpenBlobOptions,
): Promise<LocalCopy> {
  if (isLocal(blobs)) return localFile(blobs, key, options);
  if (isLeasing(blobs)) return await blobs.lease(key, options);
  const blob = await blobs.open(key, options);
  if (!blob) throw bytesMissing(key);
  return await spool.receive(blob.stream(), { limit: blob.size });
}

function localFile(blobs: LocalBlobStore, key: string, { bytes }: OpenBlobOptions = {}): LocalCopy {
  const path = blobs.localPath(key);
  // `statSync()` takes no longer than opening the file does.
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw bytesMissing(key);
  if (bytes !== undefined && stats.size !== bytes) throw bytesDamaged(key, `${stats.size} of ${bytes} bytes`);
  const due = blobs.checked.due({ path, sha256: digestOfKey(key) }, stats);
  return { path, due, [Symbol.asyncDispose]: async () => {} };
}
