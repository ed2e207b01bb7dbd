import { link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { assertBlobKey, type BlobEntry, type LocalBlobStore } from "./blob_store.ts";

/** Blobs as files in one level of 256 folders. Files to publish must be on the same volume. */
export class FsBlobStore implements LocalBlobStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  localPath(key: string): string {
    assertBlobKey(key);
    return join(this.#folder, key.slice(0, 2), key);
  }

  async put(key: string, path: string): Promise<void> {
    const target = this.localPath(key);
    const shard = join(this.#folder, key.slice(0, 2));
    try {
      await link(path, target);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(shard, { recursive: true });
      await syncFolder(this.#folder);
      await link(path, target);
    }
    await syncFolder(shard);
  }

  async open(key: string): Promise<Blob | null> {
    const file = Bun.file(this.localPath(key));
    return (await file.exists()) ? file : null;
  }

  async remove(key: string): Promise<void> {
    await rm(this.localPath(key), { force: true });
  }

  async *list(shard: string): AsyncIterable<BlobEntry> {
    const folder = join(this.#folder, shard);
    for (const key of await readdir(folder).catch(ignoreMissing([]))) {
      const stats = await stat(join(folder, key)).catch(ignoreMissing(null));
      if (stats) yield { key, bytes: stats.size, publishedAt: stats.mtimeMs };
    }
  }
}

/** Makes the names in a folder survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function ignoreMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return instead;
    throw error;
  };
}
