import { type ReservedSQL, SQL } from "bun";

/** Options for {@linkcode PostgresPool}. */
export interface PostgresPoolOptions {
  /** Connections at a time. @default {10} */
  readonly connections?: number;
  /** What Postgres shows of who is connected. @default {SERVER_APPLICATION} */
  readonly application?: string;
}

/** As what servers are connected. */
export const SERVER_APPLICATION = "progimage";

/** Time to connect, in seconds. */
const CONNECT_SECONDS = 5;

/** Time after which a connection that nobody needs is closed, in seconds. */
const IDLE_SECONDS = 60;

/** What the server holds each connection to, in milliseconds. */
const LIMITS = {
  statement_timeout: 5_000,
  lock_timeout: 4_000,
  idle_in_transaction_session_timeout: 8_000,
};

/**
 * Every statement is made for an index, whatever its parameters: it is planned once for each connection, as it would be for the largest
 * tables. Else small tables are read whole until statistics say that they have grown, and large ones are planned for each page anew,
 * which takes longer than finding it.
 */
const PLANNING = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  max_parallel_workers_per_gather: 0,
  jit: "off",
};

/** Connections to Postgres, as far as drizzle uses them. Those of a server that has fallen silent can be given up for new ones. */
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

  /** Gives a connection that is nobody else's until it is released. */
  reserve(): Promise<ReservedSQL> {
    return this.#sql.reserve();
  }

  /** Gives up all connections, whatever they are doing: the next statement finds new ones. */
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

/** Opens connections to Postgres by a URL, whatever the environment says of other databases. */
export function openPostgres(url: string, options: SQL.PostgresOrMySQLOptions): SQL {
  return new SQL(url, {
    ...options,
    adapter: "postgres",
    // In the environment, PGDATABASE comes before the URL.
    database: decodeURIComponent(new URL(url).pathname.slice(1)),
    connectionTimeout: CONNECT_SECONDS,
  });
}
