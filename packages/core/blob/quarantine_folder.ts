import { rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromStorageError } from "../storage_error.ts";
import { assertBlobKey, type BlobEntry, type BlobQuarantine } from "./blob_store.ts";
import { isMissing, listFiles } from "./blob_files.ts";
import { makeFolder } from "./make_folder.ts";
import { syncPath } from "./sync_path.ts";

/** Blobs that were set aside, as files in a folder on the volume of the store. */
export class QuarantineFolder implements BlobQuarantine {
  readonly #folder: string;
  readonly #pathInStore: (key: string) => string;
  readonly #now: () => number;

  constructor(folder: string, pathInStore: (key: string) => string, now: () => number) {
    this.#folder = folder;
    this.#pathInStore = pathInStore;
    this.#now = now;
  }

  async put(key: string): Promise<boolean> {
    const path = this.#pathInStore(key);
    try {
      // Comes first: if a crash leaves the file in the store, it counts as new there and waits again.
      const now = this.#now() / 1000;
      await utimes(path, now, now);
    } catch (error) {
      if (isMissing(error)) return false;
      throw fromStorageError(error);
    }
    return await move(path, this.#path(key));
  }

  restore(key: string): Promise<boolean> {
    return move(this.#path(key), this.#pathInStore(key));
  }

  async open(key: string): Promise<Blob | null> {
    const file = Bun.file(this.#path(key));
    return (await file.exists()) ? file : null;
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listFiles(this.#folder, beginning);
  }

  #path(key: string): string {
    assertBlobKey(key);
    return join(this.#folder, key.slice(0, 2), key);
  }
}

/** Moves a file. After a crash it is in one of the two places. Returns whether it existed. */
async function move(path: string, target: string): Promise<boolean> {
  try {
    await makeFolder(dirname(target));
    await rename(path, target);
    await syncPath(dirname(target));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw fromStorageError(error);
  }
}
