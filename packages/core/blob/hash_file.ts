import { open } from "node:fs/promises";

/** The number of bytes hashed between pauses for other tasks. */
const HASHED_BYTES = 262_144;

/** Hash functions that stores and protocols use. */
export type HashName = "md5" | "sha256";

/** The hash of a file. */
export interface HashedFile {
  readonly hasher: Bun.CryptoHasher;
  /** The number of bytes hashed, up to the limit. */
  readonly bytes: number;
}

/**
 * Hashes a file through one buffer. The chunks of a stream would leave hundreds of megabytes to the garbage collector.
 *
 * @param limit The maximum number of bytes to read from the start of the file
 */
export async function hashFile(path: string, name: HashName, limit = Infinity): Promise<HashedFile> {
  const hasher = new Bun.CryptoHasher(name);
  const buffer = new Uint8Array(HASHED_BYTES);
  await using file = await open(path);
  let bytes = 0;
  while (bytes < limit) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(HASHED_BYTES, limit - bytes), bytes);
    if (bytesRead === 0) break;
    hasher.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
  return { hasher, bytes };
}
