import { readFile } from "node:fs/promises";
import { assertBlobKey, type BlobEntry, type BlobQuarantine, type BlobStore } from "./blob_store.ts";

interface MemoryBlob {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly publishedAt: number;
}

/** Blobs in memory, for tests and experiments. */
export class MemoryBlobStore implements BlobStore {
  readonly quarantine: BlobQuarantine;
  readonly #blobs = new Map<string, MemoryBlob>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.quarantine = new MemoryQuarantine(this.#blobs, now);
  }

  async put(key: string, path: string): Promise<void> {
    assertBlobKey(key);
    const bytes = new Uint8Array(await readFile(path));
    this.#blobs.set(key, { bytes, publishedAt: this.#now() });
  }

  async open(key: string): Promise<Blob | null> {
    return openIn(this.#blobs, key);
  }

  async remove(key: string): Promise<void> {
    assertBlobKey(key);
    this.#blobs.delete(key);
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listIn(this.#blobs, beginning);
  }
}

class MemoryQuarantine implements BlobQuarantine {
  readonly #blobs: Map<string, MemoryBlob>;
  readonly #aside = new Map<string, MemoryBlob>();
  readonly #now: () => number;

  constructor(blobs: Map<string, MemoryBlob>, now: () => number) {
    this.#blobs = blobs;
    this.#now = now;
  }

  async put(key: string): Promise<boolean> {
    return this.#move(key, this.#blobs, this.#aside);
  }

  async restore(key: string): Promise<boolean> {
    return this.#move(key, this.#aside, this.#blobs);
  }

  async open(key: string): Promise<Blob | null> {
    return openIn(this.#aside, key);
  }

  async remove(key: string): Promise<void> {
    assertBlobKey(key);
    this.#aside.delete(key);
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listIn(this.#aside, beginning);
  }

  #move(key: string, from: Map<string, MemoryBlob>, to: Map<string, MemoryBlob>): boolean {
    assertBlobKey(key);
    const blob = from.get(key);
    if (!blob) return false;
    from.delete(key);
    to.set(key, { ...blob, publishedAt: this.#now() });
    return true;
  }
}

function openIn(blobs: ReadonlyMap<string, MemoryBlob>, key: string): Blob | null {
  assertBlobKey(key);
  const blob = blobs.get(key);
  return blob ? new Blob([blob.bytes]) : null;
}

async function* listIn(blobs: ReadonlyMap<string, MemoryBlob>, beginning: string): AsyncGenerator<BlobEntry> {
  for (const [key, { bytes, publishedAt }] of [...blobs])
    if (key.startsWith(beginning)) yield { key, bytes: bytes.length, publishedAt };
}
