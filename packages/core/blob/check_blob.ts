import { type BlobContent, type BlobStore, digestOfKey, isLocal, isRemote } from "./blob_store.ts";
import { isMissing } from "./blob_files.ts";
import { hashFile } from "./hash_file.ts";

/** The result of checking the bytes of a blob. */
export interface BlobCheck {
  readonly key: string;
  readonly state: "damaged" | "missing" | "whole";
  /** The number of bytes read. */
  readonly bytes: number;
}

/**
 * Reads a blob and compares its bytes with the SHA-256 in its key.
 *
 * @throws {ProgImageError} `unavailable` if the store does not respond
 */
export async function checkBlob(blobs: BlobStore, key: string): Promise<BlobCheck> {
  const content = await blobs.open(key, { isUnchecked: true });
  if (!content) return { key, state: "missing", bytes: 0 };
  if (isLocal(blobs)) {
    return await checkFile(key, blobs.localPath(key));
  }
  return await checkContent(key, content);
}

async function checkFile(key: string, path: string): Promise<BlobCheck> {
  try {
    const { hasher, bytes } = await hashFile(path, "sha256");
    return compare(key, hasher, bytes);
  } catch (error) {
    if (isMissing(error)) return { key, state: "missing", bytes: 0 };
    // A disk reports lost bytes as EIO.
    if ((error as NodeJS.ErrnoException).code === "EIO") return { key, state: "damaged", bytes: 0 };
    throw error;
  }
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
