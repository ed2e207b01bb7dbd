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
  /** The clock for the age of blobs. @default {Date.now} */
  readonly now?: () => number;
}

/** The largest difference, in milliseconds, at which a file keeps the time of this machine's clock. */
const MOST_DIFFERENCE = 60_000;

/** Makes `statSync()` return `undefined` for a missing file. */
const LOOK = { throwIfNoEntry: false } as const;

/** Blobs as files in 256 folders. Files to publish must be on the same volume. */
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
      // In any order, because the key is not read before this is done, and the sweep removes the remains of a crash.
      await Promise.all([syncPath(target), syncPath(dirname(target))]);
    } catch (error) {
      await removeLeftover(target);
      throw fromStorageError(error, { isMissingFault: true });
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

  /** Sets the time of a new file by `now`. Otherwise nodes that share the folder would quarantine blobs of a node with a slow clock. */
  async #correctTime(path: string): Promise<void> {
    const now = this.#now();
    if (Math.abs(now - Date.now()) > MOST_DIFFERENCE) await utimes(path, now / 1000, now / 1000);
  }

  /** Adds a second name to a file. Creates the folder if it is missing. */
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
