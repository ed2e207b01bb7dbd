import { closeSync, existsSync, fdatasync, fsync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { fromStorageError } from "../../storage_error.ts";

/**
 * The disk failed while it was to make sure of what was written. Linux may have dropped that from its memory and says so once: the next
 * sync would succeed and mean nothing.
 */
export class SyncFailedError extends Error {
  override readonly name = "SyncFailedError";
}

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

/** The log of an SQLite database, where each commit is before it is in the database itself. It stays as long as somebody has it open. */
export class WriteAheadLog implements Disposable {
  readonly #path: string | null;
  #file: number | null = null;
  #isNameSafe = false;

  /**
   * Opens the log, if it is there already: the system tells of a failure each file that was open then, and no other.
   *
   * @param database The path of the database; `:memory:` has no log
   */
  constructor(database: string) {
    this.#path = database === ":memory:" ? null : `${database}-wal`;
    if (this.#path !== null && existsSync(this.#path)) this.#file = openSync(this.#path, "r");
  }

  /**
   * Makes every commit up to now survive a power cut, without holding anything up.
   *
   * @throws {SyncFailedError} when the disk fails at it
   * @throws {ProgImageError} `storage_error` when the log cannot be opened
   */
  async sync(): Promise<void> {
    if (this.#path === null) return;
    try {
      this.#file ??= openSync(this.#path, "r");
      if (!this.#isNameSafe) await syncFolder(dirname(this.#path));
      this.#isNameSafe = true;
    } catch (error) {
      throw error instanceof SyncFailedError ? error : fromStorageError(error, { isMissingTrouble: true });
    }
    await orSyncFailed(syncData(this.#file));
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** Makes the name of the log survive: SQLite, which makes the file, does not sync its folder before the first checkpoint. */
async function syncFolder(path: string): Promise<void> {
  const folder = openSync(path, "r");
  try {
    await orSyncFailed(syncAll(folder));
  } finally {
    closeSync(folder);
  }
}

async function orSyncFailed(sync: Promise<void>): Promise<void> {
  await sync.catch((cause: unknown) => {
    throw new SyncFailedError("Cannot make sure that what was written survives: the disk failed", { cause });
  });
}
