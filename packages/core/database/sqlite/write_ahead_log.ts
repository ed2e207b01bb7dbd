import { closeSync, existsSync, fdatasync, fsync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { fromStorageError } from "../../storage_error.ts";

/**
 * The disk failed to sync written bytes. Linux may have dropped them from memory and reports this only once: the next sync would succeed
 * without them.
 */
export class SyncFailedError extends Error {
  override readonly name = "SyncFailedError";
}

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

/** The log of an SQLite database, to which each commit is written first. It exists as long as a connection has it open. */
export class WriteAheadLog implements Disposable {
  readonly #path: string | null;
  #file: number | null = null;
  #isNameSafe = false;

  /**
   * Opens the log if it exists. The system reports a write failure only to files that were open when it happened.
   *
   * @param database The path of the database; `:memory:` has no log
   */
  constructor(database: string) {
    this.#path = database === ":memory:" ? null : `${database}-wal`;
    if (this.#path !== null && existsSync(this.#path)) this.#file = openSync(this.#path, "r");
  }

  /**
   * Makes all commits so far survive a power cut, without blocking the event loop.
   *
   * @throws {SyncFailedError} if the disk fails to sync
   * @throws {ProgImageError} `storage_error` if the log cannot be opened
   */
  async sync(): Promise<void> {
    if (this.#path === null) return;
    try {
      this.#file ??= openSync(this.#path, "r");
      if (!this.#isNameSafe) await syncFolder(dirname(this.#path));
      this.#isNameSafe = true;
    } catch (error) {
      throw error instanceof SyncFailedError ? error : fromStorageError(error, { isMissingFault: true });
    }
    await orSyncFailed(syncData(this.#file));
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** Syncs the name of the log. SQLite creates the file but does not sync its folder before the first checkpoint. */
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
    throw new SyncFailedError("Cannot sync the database to disk: the disk failed", { cause });
  });
}
