import { type ReservedSQL, SQL } from "bun";

/** Options for {@linkcode PostgresPool}. */
export interface PostgresPoolOptions {
  /** The maximum number of connections. @default {10} */
  readonly connections?: number;
  /** The application name that Postgres shows for the connections. @default {SERVER_APPLICATION} */
  readonly application?: string;
}

/** The application name of servers. */
export const SERVER_APPLICATION = "progimage";

/** The timeout for connecting, in seconds. */
const CONNECT_SECONDS = 5;

/** The idle timeout of a connection, in seconds. */
const IDLE_SECONDS = 60;

/** The timeouts of each connection on the server, in milliseconds. */
const LIMITS = {
  statement_timeout: 5_000,
  lock_timeout: 4_000,
  idle_in_transaction_session_timeout: 8_000,
};

/**
 * Every statement uses an index for all parameters, so it is planned once per connection, as for the largest tables. By default, Postgres
 * reads small tables whole until its statistics show that they have grown. It also plans statements on large tables anew for each page,
 * which takes longer than reading the page.
 */
const PLANNING = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  max_parallel_workers_per_gather: 0,
  jit: "off",
};

/** A pool of connections to Postgres with the methods that drizzle uses. The connections of an unresponsive server can be replaced. */
export class PostgresPool implements AsyncDisposable {
  readonly #url: string;
  readonly #max: number;
  readonly #application: string;
  #sql: SQL;

  constructor(url: string, options: PostgresPoolOptions = {}) {
    const { connections = 10, application = SERVER_APPLICATION } = options;
    this.#url = url;
    this.#max = connections;
    this.#application = application;
    this.#sql = this.#open();
  }

  unsafe(statement: string, parameters?: unknown[]): SQL.Query<unknown> {
    return this.#sql.unsafe(statement, parameters);
  }

  begin<T>(work: SQL.TransactionContextCallback<T>): Promise<SQL.ContextCallbackResult<T>> {
    return this.#sql.begin(work);
  }

  /** Returns a connection for exclusive use until it is released. */
  reserve(): Promise<ReservedSQL> {
    return this.#sql.reserve();
  }

  /** Drops all connections, even those in use. The next statement opens new ones. */
  renew(): void {
    const given = this.#sql;
    this.#sql = this.#open();
    void given.close({ timeout: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.close({ timeout: 1 });
  }

  #open(): SQL {
    const connection = { application_name: this.#application, ...LIMITS, ...PLANNING };
    return openPostgres(this.#url, { max: this.#max, idleTimeout: IDLE_SECONDS, connection });
  }
}

/** Opens connections to Postgres by a URL, regardless of other databases in the environment. */
export function openPostgres(url: string, options: SQL.PostgresOrMySQLOptions): SQL {
  return new SQL(url, {
    ...options,
    adapter: "postgres",
    // In the environment, PGDATABASE takes precedence over the URL.
    database: decodeURIComponent(new URL(url).pathname.slice(1)),
    connectionTimeout: CONNECT_SECONDS,
  });
}
