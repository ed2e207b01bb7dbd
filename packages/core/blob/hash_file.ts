import { open } from "node:fs/promises";

/** Bytes that are hashed without a pause for other work. */
const HASHED_BYTES = 262_144;

/** Hash functions of which a store or a protocol wants the digest. */
export type HashName = "md5" | "sha256";

/** A file that was hashed. */
export interface HashedFile {
  readonly hasher: Bun.CryptoHasher;
  /** How many bytes were there, up to the limit. */
  readonly bytes: number;
}

/**
 * Hashes a file through one buffer: the chunks of a stream would be left to the garbage collector by the hundred megabytes.
 *
 * @param limit How many bytes are read, from the beginning on
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
