import { readFile } from "node:fs/promises";
import { assertBlobKey, type BlobEntry, type BlobStore } from "./blob_store.ts";

/** Blobs in memory, for tests and for trying things out. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<
    string,
    { readonly bytes: Uint8Array<ArrayBuffer>; readonly publishedAt: number }
  >();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async put(key: string, path: string): Promise<void> {
    assertBlobKey(key);
    const bytes = new Uint8Array(await readFile(path));
    this.#blobs.set(key, { bytes, publishedAt: this.#now() });
  }

  async open(key: string): Promise<Blob | null> {
    assertBlobKey(key);
    const blob = this.#blobs.get(key);
    return blob ? new Blob([blob.bytes]) : null;
  }

  async remove(key: string): Promise<void> {
    assertBlobKey(key);
    this.#blobs.delete(key);
  }

  async *list(shard: string): AsyncIterable<BlobEntry> {
    for (const [key, { bytes, publishedAt }] of [...this.#blobs]) {
      if (key.startsWith(shard)) yield { key, bytes: bytes.length, publishedAt };
    }
  }
}
