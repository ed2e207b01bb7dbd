import { type BlobContent, type BlobStore, digestOfKey, isLocal, isRemote } from "./blob_store.ts";
import { hashFile } from "./hash_file.ts";

/** What the bytes of a blob are found to be. */
export interface BlobCheck {
  readonly key: string;
  readonly state: "damaged" | "missing" | "whole";
  /** How many bytes were read. */
  readonly bytes: number;
}

/**
 * Reads a blob and compares its bytes with the SHA-256 in its key.
 *
 * @throws {ProgImageError} `unavailable` if the store does not answer
 */
export async function checkBlob(blobs: BlobStore, key: string): Promise<BlobCheck> {
  const content = await blobs.open(key);
  if (!content) return { key, state: "missing", bytes: 0 };
  if (isLocal(blobs)) {
    const hashed = await hashFile(blobs.localPath(key), "sha256").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (!hashed) return { key, state: "missing", bytes: 0 };
    return compare(key, hashed.hasher, hashed.bytes);
  }
  return await checkContent(key, content);
}

/** Reads bytes and compares them with the SHA-256 in a key. */
export async function checkContent(key: string, content: BlobContent): Promise<BlobCheck> {
  const hasher = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  const stream = isRemote(content) ? await content.begin() : content.stream();
  for await (const chunk of stream) {
    hasher.update(chunk);
    bytes += chunk.length;
  }
  return compare(key, hasher, bytes);
}

function compare(key: string, hasher: Bun.CryptoHasher, bytes: number): BlobCheck {
  return { key, state: hasher.digest("hex") === digestOfKey(key) ? "whole" : "damaged", bytes };
}
