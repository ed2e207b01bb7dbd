import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { makeFolderNow } from "../../blob/make_folder.ts";
import { ProgImageError } from "../../error.ts";
import { fromStorageError, storageError } from "../../storage_error.ts";
import { GroupedWrites } from "./grouped_writes.ts";
import { assertKnownSqlite, migrateSqlite } from "./sqlite_migration.ts";
import { SyncFailedError, WriteAheadLog } from "./write_ahead_log.ts";

/** How long one attempt may hold up the event loop while another process writes. */
const BUSY_TIMEOUT_MILLISECONDS = 50;
const BUSY_DEADLINE_MILLISECONDS = 5_000;

/** How long one that opens the database waits for those who read what it would write back. */
const CHECKPOINT_TIMEOUT_MILLISECONDS = 1_000;

const BUSY_REGEXP = /^SQLITE_BUSY/;

/** SQLite syncs by itself what was not grouped. */
const SYNC_FAILURE_REGEXP = /^SQLITE_IOERR_(?:DIR_)?FSYNC$/;

/** Options for {@linkcode SqliteDatabase.run}. */
export interface RunOptions {
  /**
   * Whether what was written survives a power cut from then on. Otherwise it does once something later does, and costs no wait
   * for the disk.
   *
   * @default {true}
   */
  readonly isDurable?: boolean;
  /** Until when it waits for the lock, as `performance.now()` has it. @default five seconds from now */
  readonly deadline?: number;
}

/** Options for {@linkcode SqliteDatabase}. */
export interface SqliteDatabaseOptions {
  /** Keys of metadata by which images are found. @default {[]} */
  readonly metadataKeys?: readonly string[];
  /**
   * Hears once that the disk has failed at a sync. Nothing is acknowledged from then on: the process must end by a signal, and another
   * find out what is really there. Closing the database would write back pages that have not been checked.
   */
  readonly onSyncFailure?: (cause: Error) => void;
}

/** An SQLite database, shared by the adapters that keep their tables in it. */
export class SqliteDatabase implements Disposable {
  readonly orm: BunSQLiteDatabase;
  /** Keys of metadata by which images are found. */
  readonly metadataKeys: readonly string[];
  readonly #connection: Database;
  readonly #log: WriteAheadLog;
  readonly #writes: GroupedWrites;
  readonly #onSyncFailure: SqliteDatabaseOptions["onSyncFailure"];
  /** The error that answers every call after a failed sync. */
  #failure: ProgImageError | null = null;

  /**
   * Opens or creates a database file; `:memory:` for one that vanishes. If no other process uses it, all that an earlier process has left in
   * the log is written to the database and synced: that process may have ended as it could not be sure of it.
   */
  constructor(path: string, { metadataKeys = [], onSyncFailure }: SqliteDatabaseOptions = {}) {
    this.metadataKeys = metadataKeys;
    this.#onSyncFailure = onSyncFailure;
    if (path !== ":memory:") makeFolderNow(dirname(path));
    this.#connection = new Database(path, { create: true });
    // The time-out comes first: switching to WAL takes a lock as well, and nothing else has to go on yet.
    this.#connection.run(`PRAGMA busy_timeout = ${BUSY_DEADLINE_MILLISECONDS}`);
    this.#connection.run("PRAGMA journal_mode = WAL");
    this.#connection.run("PRAGMA synchronous = FULL");
    this.#connection.run("PRAGMA foreign_keys = ON");
    this.#connection.run(`PRAGMA busy_timeout = ${CHECKPOINT_TIMEOUT_MILLISECONDS}`);
    this.#connection.run("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#connection.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MILLISECONDS}`);
    this.orm = drizzle(this.#connection);
    this.#log = new WriteAheadLog(path);
    this.#writes = new GroupedWrites(this.#connection, {
      attempt: (work, deadline) => this.run(work, { deadline }),
      sync: () => this.#sync(),
      patience: BUSY_DEADLINE_MILLISECONDS,
    });
  }

  /**
   * Brings the schema up to date. For one process, before the others start.
   *
   * @throws {NewerSchemaError} if a newer version of the program has changed it
   */
  migrate(): void {
    migrateSqlite(this.orm);
  }

  /**
   * Makes sure that this version of the program knows the schema, if there is one yet.
   *
   * @throws {NewerSchemaError}
   */
  assertKnownSchema(): void {
    assertKnownSqlite(this.orm);
  }

  /**
   * Runs synchronous work, again and again while another process holds the lock. The waiting is asynchronous.
   *
   * @throws {ProgImageError} `busy` when the lock stays taken, `storage_full` when the disk is full; nothing was changed then.
   * `storage_error` when it fails, and for everything after a failed sync
   */
  async run<T>(work: () => T, options: RunOptions = {}): Promise<T> {
    const { isDurable = true, deadline = performance.now() + BUSY_DEADLINE_MILLISECONDS } = options;
    for (;;) {
      if (this.#failure) throw this.#failure;
      try {
        return isDurable ? work() : this.#runRelaxed(work);
      } catch (error) {
        if (hasCode(error, SYNC_FAILURE_REGEXP)) throw this.#giveUp(error as Error);
        if (!hasCode(error, BUSY_REGEXP)) throw fromStorageError(error);
        if (performance.now() > deadline) {
          throw new ProgImageError("busy", "Cannot reach the catalog as it is busy: try again", {
            cause: error,
            details: { retryAfter: 5 },
          });
        }
        await Bun.sleep(5 + Math.random() * 20);
      }
    }
  }

  /**
   * Runs synchronous work that reads and writes as one transaction. It may be run again, and when this resolves what it wrote
   * survives a power cut. What is to be written at the same time shares one commit and one wait for the disk, during which
   * other work goes on; work that throws takes back its own writes and no others.
   *
   * @throws {ProgImageError} what {@linkcode SqliteDatabase.run} throws
   */
  write<T>(work: () => T): Promise<T> {
    return this.#writes.add(work);
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

  /** The work is synchronous: nobody else writes meanwhile by this connection. */
  #runRelaxed<T>(work: () => T): T {
    this.#connection.run("PRAGMA synchronous = NORMAL");
    try {
      return work();
    } finally {
      this.#connection.run("PRAGMA synchronous = FULL");
    }
  }

  /** Explains how SQLite would run a statement, a line per step. */
  explain(statement: string, parameters: readonly (string | number | null)[]): readonly string[] {
    const rows = this.#connection.query(`EXPLAIN QUERY PLAN ${statement}`).all(...parameters) as {
      detail: string;
    }[];
    return rows.map((row) => row.detail);
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
