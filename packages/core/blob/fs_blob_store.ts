import { statSync } from "node:fs";
import { link, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromStorageError } from "../storage_error.ts";
import { isMissing, listFiles } from "./blob_files.ts";
import { assertBlobKey, type BlobEntry, type BlobQuarantine, type LocalBlobStore } from "./blob_store.ts";
import { CheckedFiles } from "./checked_files.ts";
import { makeFolder } from "./make_folder.ts";
import { QuarantineFolder } from "./quarantine_folder.ts";
import { removeLeftover } from "./remove_leftover.ts";
import { syncPath } from "./sync_path.ts";

/** Options for {@linkcode FsBlobStore}. */
export interface FsBlobStoreOptions {
  /** The clock that the age of blobs goes by. @default {Date.now} */
  readonly now?: () => number;
}

/** From here on a file does not get its time from the clock of this machine, in milliseconds. */
const MOST_DIFFERENCE = 60_000;

/** A file that is missing is no error. */
const LOOK = { throwIfNoEntry: false } as const;

/** Blobs as files in one level of 256 folders. Files to publish must be on the same volume. */
export class FsBlobStore implements LocalBlobStore {
  readonly quarantine: BlobQuarantine;
  readonly checked = new CheckedFiles();
  readonly #folder: string;
  readonly #now: () => number;

  constructor(folder: string, { now = Date.now }: FsBlobStoreOptions = {}) {
    this.#folder = folder;
    this.#now = now;
    this.quarantine = new QuarantineFolder(join(folder, "quarantine"), (key) => this.localPath(key), now);
  }

  localPath(key: string): string {
    assertBlobKey(key);
    return join(this.#folder, key.slice(0, 2), key);
  }

  async put(key: string, path: string): Promise<void> {
    const target = this.localPath(key);
    try {
      await this.#link(path, target);
      await this.#correctTime(target);
      // In any order: nobody reads a key before this is done, and what a crash leaves of it is swept.
      await Promise.all([syncPath(target), syncPath(dirname(target))]);
    } catch (error) {
      await removeLeftover(target);
      throw fromStorageError(error, { isMissingTrouble: true });
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

  /** Where nodes share the folder, a blob of one whose clock is slow must not look old to the others: they would set it aside. */
  async #correctTime(path: string): Promise<void> {
    const now = this.#now();
    if (Math.abs(now - Date.now()) > MOST_DIFFERENCE) await utimes(path, now / 1000, now / 1000);
  }

  /** Gives a file a second name, in a folder that is made where it is missing. */
  async #link(path: string, target: string): Promise<void> {
    try {
      await link(path, target);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await makeFolder(dirname(target));
      await link(path, target);
    }
  }
}
