import { statSync } from "node:fs";
import { link, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromStorageError } from "../storage_error.ts";
import { assertBlobKey, type BlobEntry, type BlobQuarantine, type LocalBlobStore } from "./blob_store.ts";
import { isMissing, listFiles, syncPath } from "./blob_files.ts";
import { CheckedFiles } from "./checked_files.ts";
import { QuarantineFolder } from "./quarantine_folder.ts";

/** A file that is missing is no error. */
const LOOK = { throwIfNoEntry: false } as const;

/** Blobs as files in one level of 256 folders. Files to publish must be on the same volume. */
export class FsBlobStore implements LocalBlobStore {
  readonly quarantine: BlobQuarantine;
  readonly checked = new CheckedFiles();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.quarantine = new QuarantineFolder(join(folder, "quarantine"), (key) => this.localPath(key));
  }

  localPath(key: string): string {
    assertBlobKey(key);
    return join(this.#folder, key.slice(0, 2), key);
  }

  async put(key: string, path: string): Promise<void> {
    const target = this.localPath(key);
    try {
      await this.#link(path, target);
      // In any order: nobody reads a key before this is done, and what a crash leaves of it is swept.
      await Promise.all([syncPath(target), syncPath(dirname(target))]);
    } catch (error) {
      await rm(target, { force: true });
      throw fromStorageError(error);
    }
  }

  async open(key: string): Promise<Blob | null> {
    const file = Bun.file(this.localPath(key));
    return (await file.exists()) ? file : null;
  }

  recalling(key: string, bytes: number): () => Blob | null {
    const path = this.localPath(key);
    const file = Bun.file(path);
    return () => (statSync(path, LOOK)?.size === bytes ? file : null);
  }

  async remove(key: string): Promise<void> {
    await rm(this.localPath(key), { force: true });
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return listFiles(this.#folder, beginning);
  }

  /** Gives a file a second name, in a folder that is made where it is missing. */
  async #link(path: string, target: string): Promise<void> {
    try {
      await link(path, target);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(dirname(target), { recursive: true });
      await syncPath(this.#folder);
      await link(path, target);
    }
  }
}
