import { and, count, eq, sql } from "drizzle-orm";
import { ProgImageError } from "../error.ts";
import {
  COPIED_TABLES,
  type CopiedRow,
  type CopiedTable,
  readFromPostgres,
  readFromSqlite,
} from "./copied_tables.ts";
import type { PostgresDatabase, PostgresTransaction } from "./postgres/postgres_database.ts";
import * as postgres from "./postgres/postgres_schema.ts";
import type { SqliteDatabase } from "./sqlite/sqlite_database.ts";
import * as sqlite from "./sqlite/sqlite_schema.ts";
import { SERVER_APPLICATION } from "./postgres/postgres_pool.ts";
import { evictRivals, writeCopies } from "./write_copies.ts";

/** Options for {@linkcode copyToPostgres}. */
export interface CopyToPostgresOptions {
  /** Whether to remove the rows of a target that is not a copy of the same source. @default {false} */
  readonly replace?: boolean;
  /** Receives the progress of the copy. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** The progress of a copy. */
export interface CopyProgress {
  readonly step: "copying" | "comparing";
  readonly table: string;
  /** The number of rows processed in all tables and both steps. */
  readonly done: number;
  readonly total: number;
}

/** The content of a copy. */
export interface CopyResult {
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
  /** Whether no other connection has written to the source since the copy began. */
  readonly isUpToDate: boolean;
}

/** The lease that names the source of a copy, until a server uses the copy. The source has it as well. */
const COPY_LEASE = "copy";

const BATCH = 1_000;

/**
 * Copies an SQLite database to a Postgres database, both migrated, and compares all rows at the end. The source may be in use: the copy is
 * a snapshot of the time when it began. A second run copies the changes since then. After an interruption, a run checks the existing rows
 * and continues.
 *
 * @throws {ProgImageError} `conflict` if the target holds images that are not a copy of this source, or others write to it
 */
export async function copyToPostgres(
  source: SqliteDatabase,
  target: PostgresDatabase,
  options: CopyToPostgresOptions = {},
): Promise<CopyResult> {
  const copy = new Copy(source, target, await markOf(source), options);
  await copy.claim();
  const before = versionOf(source);
  // A snapshot of all tables. It does not block writers.
  source.orm.run("BEGIN");
  try {
    const tables = await copy.run();
    source.orm.run("COMMIT");
    return { tables, isUpToDate: versionOf(source) === before };
  } catch (error) {
    source.orm.run("ROLLBACK");
    throw error;
  }
}

/**
 * Marks a database as no longer a copy. Servers call it when they begin to use the database; otherwise another copy would remove the rows
 * that they store. If the database is a copy, `takeOver` runs first, at least once, to take over data from the source.
 */
export async function endCopying(
  target: PostgresDatabase,
  takeOver: () => Promise<void> = async () => {},
): Promise<void> {
  const isLease = eq(postgres.leases.name, COPY_LEASE);
  const found = await target.read(() => target.orm.select().from(postgres.leases).where(isLease));
  if (found.length === 0) return;
  await takeOver();
  await target.write(() => target.orm.delete(postgres.leases).where(isLease));
}

class Copy {
  readonly #source: SqliteDatabase;
  readonly #target: PostgresDatabase;
  readonly #mark: string;
  readonly #options: CopyToPostgresOptions;
  #done = 0;

  constructor(
    source: SqliteDatabase,
    target: PostgresDatabase,
    mark: string,
    options: CopyToPostgresOptions,
  ) {
    this.#source = source;
    this.#target = target;
    this.#mark = mark;
    this.#options = options;
  }

  /** Claims the target if it is empty, a copy of the same source, or may be emptied. */
  async claim(): Promise<void> {
    const { leases, images, jobs } = postgres;
    await this.#target.transaction(async (transaction) => {
      await refuseServers(transaction);
      const [lease] = await transaction.select().from(leases).where(eq(leases.name, COPY_LEASE));
      if (lease?.holder === this.#mark) return;
      const [image] = await transaction.select({ id: images.id }).from(images).limit(1);
      const [job] = await transaction.select({ id: jobs.id }).from(jobs).limit(1);
      if ((image ?? job) && !this.#options.replace)
        throw refuse("it must hold no images and jobs but copies of these: it has others");
      for (const { postgres: table } of COPIED_TABLES) await transaction.execute(sql`truncate ${table}`);
      await transaction.execute(sql`truncate ${leases}`);
      const expiresAt = Number.MAX_SAFE_INTEGER;
      await transaction.insert(leases).values({ name: COPY_LEASE, holder: this.#mark, expiresAt });
    });
  }

  async run(): Promise<CopyResult["tables"]> {
    const counts = COPIED_TABLES.map((table) => this.#count(table));
    const total = 2 * counts.reduce((sum, each) => sum + each, 0);
    for (const table of COPIED_TABLES) await this.#copy(table, total);
    const tables: CopyResult["tables"][number][] = [];
    for (const table of COPIED_TABLES) tables.push(await this.#compare(table, total));
    return tables;
  }

  async #copy(table: CopiedTable, total: number): Promise<void> {
    for (const page of pagesOf((after) => readFromSqlite(this.#source, table, { after, limit: BATCH }))) {
      let tries = 0;
      await this.#target.transaction(async (transaction) => {
        const held = await transaction
          .select({ name: postgres.leases.name })
          .from(postgres.leases)
          .where(and(eq(postgres.leases.name, COPY_LEASE), eq(postgres.leases.holder, this.#mark)))
          .for("share");
        if (held.length === 0) throw refuse("no other process may use it meanwhile: a server has begun to");
        if (tries++ > 0) await evictRivals(transaction, table, page.rows);
        await writeCopies(transaction, table, page);
      });
      this.#report("copying", table, page.rows.length, total);
    }
    await this.#target.write(() => this.#target.orm.execute(sql`analyze ${table.postgres}`));
  }

  /** Reads both tables to the end, in the same order. */
  async #compare(table: CopiedTable, total: number): Promise<CopyResult["tables"][number]> {
    const [hash, other] = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")];
    let rows = 0;
    for (const page of pagesOf((after) => readFromSqlite(this.#source, table, { after, limit: BATCH }))) {
      // The last page asks for one more row, which must not exist.
      const limit = page.isLast ? page.rows.length + 1 : page.rows.length;
      const copies = await readFromPostgres(this.#target, table, { after: page.after, limit });
      hash.update(JSON.stringify(page.rows));
      other.update(JSON.stringify(copies));
      rows += page.rows.length;
      this.#report("comparing", table, page.rows.length, total);
    }
    const sha256 = hash.digest("hex");
    if (sha256 === other.digest("hex")) return { name: table.name, rows, sha256 };
    throw refuse(`its table ${table.name} must be equal to that of the source: it is not. Try again`);
  }

  #count(table: CopiedTable): number {
    return this.#source.orm.select({ rows: count() }).from(table.sqlite).get()?.rows ?? 0;
  }

  #report(step: CopyProgress["step"], { name: table }: CopiedTable, rows: number, total: number): void {
    this.#done += rows;
    this.#options.onProgress?.({ step, table, done: this.#done, total });
  }
}

/** Throws if a server is connected, because the copy would remove the rows that it stores. */
async function refuseServers(transaction: PostgresTransaction): Promise<void> {
  const [server] = await transaction.execute(sql`
    select from pg_stat_activity
    where datname = current_database() and application_name = ${SERVER_APPLICATION}`);
  if (server) throw refuse("no server may use it meanwhile: one is connected. Stop it first");
}

/** Returns a permanent name for the source. */
async function markOf(source: SqliteDatabase): Promise<string> {
  const { leases } = sqlite;
  const { orm } = source;
  const lease = { name: COPY_LEASE, holder: crypto.randomUUID(), expiresAt: Number.MAX_SAFE_INTEGER };
  await source.run(() => orm.insert(leases).values(lease).onConflictDoNothing().run());
  const kept = orm.select().from(leases).where(eq(leases.name, COPY_LEASE)).get();
  return kept?.holder ?? lease.holder;
}

/** Returns a number that changes when another connection writes. */
function versionOf(source: SqliteDatabase): number {
  const [row] = source.orm.all<{ readonly data_version: number }>(sql`PRAGMA data_version`);
  return row?.data_version ?? Number.NaN;
}

/** Yields a table in pages. The last page may be empty. */
function* pagesOf(read: (after: CopiedRow | undefined) => readonly CopiedRow[]) {
  for (let after: CopiedRow | undefined; ;) {
    const rows = read(after);
    const isLast = rows.length < BATCH;
    yield { rows, after, isLast };
    if (isLast) return;
    after = rows.at(-1);
  }
}

function refuse(reason: string): ProgImageError {
  return new ProgImageError("conflict", `Cannot copy the catalog into the database as ${reason}`);
}
