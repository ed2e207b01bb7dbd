import type { ReservedSQL, SQL } from "bun";
import { type Logger, sql } from "drizzle-orm";
import { type BunSQLDatabase, drizzle } from "drizzle-orm/bun-sql";
import { isProgImageError } from "../../error.ts";
import { type BackOff, backOff } from "../../waiting/back_off.ts";
import { retry } from "../../waiting/retry.ts";
import {
  databaseFailure,
  explainPostgresError,
  hasMetAnother,
  isConnectionClosed,
} from "./postgres_error.ts";
import { PostgresClock } from "./postgres_clock.ts";
import { assertKnownPostgres, migratePostgres } from "./postgres_migration.ts";
import { openPostgres, PostgresPool, type PostgresPoolOptions } from "./postgres_pool.ts";

/** A transaction in Postgres. */
export type PostgresTransaction = Parameters<Parameters<BunSQLDatabase["transaction"]>[0]>[0];

/** Runs statements of a library, each on any connection. */
export interface PostgresClient {
  unsafe(statement: string, parameters?: unknown[]): Promise<unknown>;
  /** Returns a connection for statements that belong together. */
  reserve(): Promise<ReservedPostgresClient>;
}

/** Runs statements of a library on one connection. */
export interface ReservedPostgresClient extends Pick<PostgresClient, "unsafe"> {
  /** Returns the connection to the pool. Rolls back a transaction in which a statement has failed. */
  release(): void;
}

/** The advisory lock of a migration, so that nodes that start at once take turns. The number is arbitrary. */
const MIGRATION_LOCK = 5_204_112_637_981;

/** The timeout for migrations of other processes, in milliseconds. */
const MIGRATION_TIMEOUT = 60_000;

/** The timeout of an answer, in milliseconds: longer than the server's statement timeout, shorter than the timeout of callers. */
const DEADLINE_MILLISECONDS = 7_000;

/** A server without an answer for this long, in milliseconds, counts as unresponsive. A working server ends each statement by then. */
const SILENCE_MILLISECONDS = 5_000;

/** The number of attempts for a transaction that conflicts with others. */
const TRIES = 5;

/** The delays between these attempts. */
const CONFLICT: BackOff = { first: 10, longest: 50, jitter: 1 };

/** Options for {@linkcode PostgresDatabase}. */
export interface PostgresDatabaseOptions extends PostgresPoolOptions {
  /** Searchable metadata keys. @default {[]} */
  readonly metadataKeys?: readonly string[];
  /** Receives each statement of the adapters, with its parameters. */
  readonly logger?: Logger;
  /** Receives the cause when the database becomes unavailable, and `null` when it is back. */
  readonly onFault?: (cause: Error | null) => void;
}

/** A Postgres database, shared by the adapters that keep their tables in it. */
export class PostgresDatabase implements AsyncDisposable {
  readonly orm: BunSQLDatabase;
  /** Searchable metadata keys. */
  readonly metadataKeys: readonly string[];
  /** The clock of its adapters. */
  readonly clock = new PostgresClock(() => this.#askTime());
  readonly #url: string;
  readonly #pool: PostgresPool;
  readonly #onFault: (cause: Error | null) => void;
  #answeredAt = 0;
  #isAway = false;

  /** Takes the URL of a database. Connects on first use. */
  constructor(url: string, options: PostgresDatabaseOptions = {}) {
    this.#url = url;
    this.metadataKeys = options.metadataKeys ?? [];
    this.#onFault = options.onFault ?? (() => {});
    this.#pool = new PostgresPool(url, options);
    this.orm = drizzle({ client: this.#pool as unknown as SQL, logger: options.logger });
  }

  /**
   * Brings the schema up to date, then runs `migrateElse` for other tables in the database. Any number of processes may call it at once;
   * they take turns.
   *
   * @throws {ProgImageError} `unavailable`
   * @throws {NewerSchemaError} if a newer version of the program has changed it
   * @throws {RangeError} if the encoding of the database is not UTF-8
   */
  async migrate(migrateElse: () => Promise<void> = async () => {}): Promise<void> {
    // One connection, because the lock belongs to it and is released with it.
    const client = openPostgres(this.#url, { max: 1 });
    try {
      const [{ server_encoding: encoding }] = await client`SHOW server_encoding`;
      if (encoding !== "UTF8") throw new RangeError(`its encoding must be UTF8: it is ${encoding}`);
      await client.unsafe(`SET statement_timeout = 0; SET lock_timeout = ${MIGRATION_TIMEOUT}`);
      await client`SELECT pg_advisory_lock(${MIGRATION_LOCK})`;
      await client`SET client_min_messages = warning`;
      await migratePostgres(drizzle({ client }));
      await migrateElse();
    } catch (error) {
      throw explainPostgresError(error);
    } finally {
      await client.close({ timeout: 1 });
    }
  }

  /**
   * Checks that this version of the program knows the schema, if it exists.
   *
   * @throws {NewerSchemaError}
   * @throws {ProgImageError} `busy` or `unavailable`
   */
  async assertKnownSchema(): Promise<void> {
    await this.read(() => assertKnownPostgres(this.orm));
  }

  /**
   * Runs statements that change something.
   *
   * @throws {ProgImageError} `busy` or `unavailable`, at the latest after the timeout; the change may have happened or not
   */
  async write<T>(work: () => PromiseLike<T>): Promise<T> {
    return await this.#withinTime(() => work());
  }

  /**
   * Runs statements that change nothing. Retries once if the connection was closed, as after a restart of the server.
   *
   * @throws {ProgImageError} `busy` or `unavailable`, at the latest after the timeout
   */
  async read<T>(work: () => PromiseLike<T>): Promise<T> {
    return await this.#withinTime(async () => {
      try {
        return await work();
      } catch (error) {
        if (!isConnectionClosed(error)) throw error;
        return await work();
      }
    });
  }

  /**
   * Runs a transaction, and retries it if it conflicts with another one. Side effects of `work` must be safe to repeat.
   *
   * @throws {ProgImageError} `busy` or `unavailable`, at the latest after the timeout; the change may have happened or not
   */
  async transaction<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> {
    return await this.#withinTime((isLate) =>
      retry(() => this.orm.transaction(work), {
        delayAfter: (error, tries) =>
          tries < TRIES && !isLate() && hasMetAnother(error) ? backOff(tries, CONFLICT) : null,
      }),
    );
  }

  /** Returns a client for a library's own statements, with the same timeout and errors as ours. */
  client(): PostgresClient {
    return {
      unsafe: (statement, parameters) => this.write(() => this.#pool.unsafe(statement, parameters)),
      reserve: () => this.#withinTime((isLate) => this.#reserve(isLate)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.clock[Symbol.dispose]();
    await this.#pool[Symbol.asyncDispose]();
  }

  async #askTime(): Promise<number> {
    const question = sql`select extract(epoch from clock_timestamp())::float8 * 1000 as time`;
    const [row] = await this.read(() => this.orm.execute(question));
    const { time } = (row ?? {}) as { readonly time?: number };
    if (time === undefined) throw new TypeError("Cannot read the time of Postgres: it gives none");
    return time;
  }

  async #reserve(isLate: () => boolean): Promise<ReservedPostgresClient> {
    const connection = await this.#pool.reserve();
    // The caller no longer waits for it.
    if (isLate()) connection.release();
    let running: Promise<unknown> = Promise.resolve();
    return {
      unsafe: (statement, parameters) =>
        this.write(() => (running = connection.unsafe(statement, parameters).then((rows) => rows))),
      release: () => void endTransaction(connection, running).then(() => connection.release()),
    };
  }

  async #withinTime<T>(work: (isLate: () => boolean) => Promise<T> | PromiseLike<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      late.reject(this.#giveUp());
    }, DEADLINE_MILLISECONDS);
    try {
      const result = await Promise.race([work(() => isLate), late.promise]);
      this.#answeredAt = performance.now();
      this.#notice(null);
      return result;
    } catch (error) {
      const explained = explainPostgresError(error);
      if (isProgImageError(explained) && explained.code === "unavailable") this.#notice(explained);
      throw explained;
    } finally {
      clearTimeout(timer);
    }
  }

  #notice(failure: Error | null): void {
    if (this.#isAway === (failure !== null)) return;
    this.#isAway = failure !== null;
    this.#onFault(failure && (failure.cause instanceof Error ? failure.cause : failure));
  }

  /** Returns the timeout error. If no other statement was answered either, the open connections are dead and are replaced. */
  #giveUp(): Error {
    if (performance.now() - this.#answeredAt < SILENCE_MILLISECONDS) return databaseFailure("busy");
    this.#pool.renew();
    return databaseFailure("unavailable");
  }
}

/** Waits for the running statement. Rolls back if it failed; otherwise the next user would be in its open transaction. */
async function endTransaction(connection: ReservedSQL, running: Promise<unknown>): Promise<void> {
  const isOver = await running.then(
    () => true,
    () => false,
  );
  if (!isOver) await connection.unsafe("ROLLBACK").catch(() => {});
}
