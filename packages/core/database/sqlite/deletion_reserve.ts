import { statSync, truncateSync } from "node:fs";
import { open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { fromStorageError, isStorageFull } from "../../storage_error.ts";

/** The room that is kept back: more than the log of the database needs until SQLite begins to use it again from its start. */
const RESERVE_BYTES = 8 * 1024 * 1024;

/** A deletion gets this much at a time, as other programs on the volume may take it first. */
const SLICE_BYTES = 512 * 1024;

/** Time between two attempts to fill the reserve. */
const RETRY_MILLISECONDS = 1_000;

/** Random bytes take room on every file system, also on those that compress. */
const FILLING = crypto.getRandomValues(new Uint8Array(64 * 1024));

/**
 * A file beside the database that keeps room on its volume. A deletion needs room for its record: on a full disk it gets a part of that of
 * the file. All processes of the database share the file.
 */
export class DeletionReserve {
  readonly #path: string;
  #filling: Promise<boolean> | null = null;
  #nextTry = -Infinity;

  constructor(database: string) {
    this.#path = `${database}-reserve`;
  }

  /** Whether all room is kept back. */
  isWhole(): boolean {
    return this.#size() >= RESERVE_BYTES;
  }

  /** Gives a part of the room back to the volume. Returns whether there was any. */
  release(): boolean {
    const size = this.#size();
    if (size > 0) truncateSync(this.#path, Math.max(0, size - SLICE_BYTES));
    return size > 0;
  }

  /**
   * Keeps all room back if the volume has it, at most once a second. Returns whether it does.
   *
   * @throws {ProgImageError} `storage_error`
   */
  async fill(): Promise<boolean> {
    if (this.isWhole()) return true;
    if (performance.now() < this.#nextTry) return false;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null;
      this.#nextTry = performance.now() + RETRY_MILLISECONDS;
    });
    return await this.#filling;
  }

  async #fill(): Promise<boolean> {
    const before = this.#size();
    try {
      const { bavail, bsize } = await statfs(dirname(this.#path));
      if (bavail * bsize < RESERVE_BYTES - before + SLICE_BYTES) return false;
      await using file = await open(this.#path, "a");
      for (let size = before; size < RESERVE_BYTES; size += FILLING.length) await file.writeFile(FILLING);
      return true;
    } catch (error) {
      if (!isStorageFull(error)) throw fromStorageError(error);
      return false;
    }
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }
}
