import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import type { Logger } from "drizzle-orm";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { makeFolderNow } from "../../blob/make_folder.ts";
import { ProgImageError } from "../../error.ts";
import { fromStorageError, isStorageFull, storageError, storageFull } from "../../storage_error.ts";
import { type BackOff, backOff } from "../../waiting/back_off.ts";
import { retry } from "../../waiting/retry.ts";
import { DeletionReserve } from "./deletion_reserve.ts";
import { GroupedWrites } from "./grouped_writes.ts";
import { assertKnownSqlite, migrateSqlite } from "./sqlite_migration.ts";
import { SyncFailedError, WriteAheadLog } from "./write_ahead_log.ts";

/** How long one attempt may block the event loop while another process writes. */
const BUSY_TIMEOUT_MILLISECONDS = 50;
const BUSY_DEADLINE_MILLISECONDS = 5_000;

/** The delay between attempts. It does not grow: another process holds the lock for milliseconds. */
const BUSY: BackOff = { first: 25, jitter: 0.8 };

/** How long opening the database waits for readers before a checkpoint. */
const CHECKPOINT_TIMEOUT_MILLISECONDS = 1_000;

const BUSY_REGEXP = /^SQLITE_BUSY/;

/** SQLite itself syncs writes that are not grouped. */
const SYNC_FAILURE_REGEXP = /^SQLITE_IOERR_(?:DIR_)?FSYNC$/;

/** Options for {@linkcode SqliteDatabase.run}. */
export interface RunOptions {
  /**
   * Whether the writes survive a power cut once this resolves. Otherwise they survive once a later durable write does, and do not wait for
   * the disk.
   *
   * @default {true}
   */
  readonly isDurable?: boolean;
  /** When it stops waiting for the lock, by `performance.now()`. @default five seconds from now */
  readonly deadline?: number;
}

/** Options for {@linkcode SqliteDatabase}. */
export interface SqliteDatabaseOptions {
  /** Searchable metadata keys. @default {[]} */
  readonly metadataKeys?: readonly string[];
  /** Receives each statement of the adapters, with its parameters. */
  readonly logger?: Logger;
  /**
   * Called once when a sync has failed. From then on nothing is acknowledged. The process must end by a signal, so that another process can
   * find out what was really written. Closing the database would write back pages that have not been checked.
   */
  readonly onSyncFailure?: (cause: Error) => void;
  /** Whether room is kept back for deletions. Other writes are refused while there is less. @default {false} */
  readonly keepsReserve?: boolean;
}

/** An SQLite database, shared by the adapters that keep their tables in it. */
export class SqliteDatabase implements Disposable {
  readonly orm: BunSQLiteDatabase;
  /** Searchable metadata keys. */
  readonly metadataKeys: readonly string[];
  readonly #connection: Database;
  readonly #log: WriteAheadLog;
  readonly #writes: GroupedWrites;
  readonly #onSyncFailure: SqliteDatabaseOptions["onSyncFailure"];
  readonly #reserve: DeletionReserve | null;
  /** The error of every call after a failed sync. */
  #failure: ProgImageError | null = null;

  /**
   * Opens or creates a database file; `:memory:` is not stored. If no other process uses the database, it also writes the log of earlier
   * processes to the database and syncs it: such a process may have ended because a sync failed.
   */
  constructor(path: string, options: SqliteDatabaseOptions = {}) {
    const { metadataKeys = [], logger, onSyncFailure, keepsReserve = false } = options;
    this.metadataKeys = metadataKeys;
    this.#onSyncFailure = onSyncFailure;
    if (path !== ":memory:") makeFolderNow(dirname(path));
    this.#connection = new Database(path, { create: true });
    // The timeout comes first, because switching to WAL also needs a lock. Blocking is fine during startup.
    this.#connection.run(`PRAGMA busy_timeout = ${BUSY_DEADLINE_MILLISECONDS}`);
    this.#connection.run("PRAGMA journal_mode = WAL");
    this.#connection.run("PRAGMA synchronous = FULL");
    this.#connection.run("PRAGMA foreign_keys = ON");
    this.#connection.run(`PRAGMA busy_timeout = ${CHECKPOINT_TIMEOUT_MILLISECONDS}`);
    this.#connection.run("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#connection.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MILLISECONDS}`);
    this.orm = drizzle(this.#connection, { logger });
    this.#log = new WriteAheadLog(path);
    this.#reserve = keepsReserve ? new DeletionReserve(path) : null;
    void this.#reserve?.fill().catch(() => {}); // the first write tries again, and fails if it must
    this.#writes = new GroupedWrites(this.#connection, {
      attempt: (work, deadline) => this.run(work, { deadline }),
      sync: () => this.#sync(),
      lockTimeout: BUSY_DEADLINE_MILLISECONDS,
    });
  }

  /**
   * Brings the schema up to date. One process runs it before the others start.
   *
   * @throws {NewerSchemaError} if a newer version of the program has changed it
   */
  migrate(): void {
    migrateSqlite(this.orm);
  }

  /**
   * Checks that this version of the program knows the schema, if it exists.
   *
   * @throws {NewerSchemaError}
   */
  assertKnownSchema(): void {
    assertKnownSqlite(this.orm);
  }

  /**
   * Runs synchronous work, and retries it while another process holds the lock. Waiting does not block the event loop.
   *
   * @throws {ProgImageError} `busy` if the lock stays taken, `storage_full` if the disk is full; nothing was changed in these cases.
   * `storage_error` if the disk fails, and for every call after a failed sync
   */
  run<T>(work: () => T, options: RunOptions = {}): Promise<T> {
    const { isDurable = true, deadline = performance.now() + BUSY_DEADLINE_MILLISECONDS } = options;
    const attempt = () => {
      if (this.#failure) throw this.#failure;
      return isDurable ? work() : this.#runRelaxed(work);
    };
    return retry(attempt, { delayAfter: (error) => this.#delayAfter(error, deadline) });
  }

  /**
   * Runs synchronous work that reads and writes in one transaction. It may be run again. Once this resolves, its writes survive a power
   * cut. Concurrent writes share one commit and one sync, during which other work continues. If work throws, only its own writes are rolled
   * back.
   *
   * @throws {ProgImageError} the errors of {@linkcode SqliteDatabase.run}
   */
  write<T>(work: () => T): Promise<T> {
    return !this.#reserve || this.#reserve.isWhole() ? this.#writes.add(work) : this.#writeIfFilled(work);
  }

  /** Like {@linkcode SqliteDatabase.write}, for work that deletes: on a full disk it uses the room that is kept back. */
  async free<T>(work: () => T): Promise<T> {
    for (;;) {
      try {
        return await this.#writes.add(work);
      } catch (error) {
        if (!isStorageFull(error) || !this.#reserve?.release()) throw error;
      }
    }
  }

  async #writeIfFilled<T>(work: () => T): Promise<T> {
    if (!(await this.#reserve?.fill())) throw storageFull();
    return await this.#writes.add(work);
  }

  /** Returns the milliseconds before work is tried again. @throws {ProgImageError} if its error is final, or the deadline is over */
  #delayAfter(error: unknown, deadline: number): number {
    if (hasCode(error, SYNC_FAILURE_REGEXP)) throw this.#giveUp(error as Error);
    if (!hasCode(error, BUSY_REGEXP)) throw fromStorageError(error);
    if (performance.now() <= deadline) return backOff(1, BUSY);
    throw new ProgImageError("busy", "Cannot reach the catalog as it is busy: try again", {
      cause: error,
      details: { retryAfter: 5 },
    });
  }

  async #sync(): Promise<void> {
    try {
      await this.#log.sync();
    } catch (error) {
      throw error instanceof SyncFailedError ? this.#giveUp(error) : error;
    }
  }

  #giveUp(cause: Error): ProgImageError {
    if (this.#failure) return this.#failure;
    this.#failure = storageError({ cause });
    this.#onSyncFailure?.(cause);
    return this.#failure;
  }

  /** The work is synchronous, so this connection runs no other writes meanwhile. */
  #runRelaxed<T>(work: () => T): T {
    this.#connection.run("PRAGMA synchronous = NORMAL");
    try {
      return work();
    } finally {
      this.#connection.run("PRAGMA synchronous = FULL");
    }
  }

  [Symbol.dispose](): void {
    if (this.#failure) return;
    this.#log[Symbol.dispose]();
    this.#connection.close();
  }
}

function hasCode(error: unknown, wanted: RegExp): boolean {
  for (let current = error; current instanceof Error; current = current.cause)
    if (wanted.test(String((current as { code?: unknown }).code))) return true;
  return false;
}
