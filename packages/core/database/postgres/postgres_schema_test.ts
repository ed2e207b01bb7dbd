import { expect, test } from "bun:test";
import { is, type Table } from "drizzle-orm";
import { getTableConfig as postgresConfig, PgTable } from "drizzle-orm/pg-core";
import { getTableConfig as sqliteConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import journal from "./migrations/meta/_journal.json";
import * as postgres from "./postgres_schema.ts";
import * as sqlite from "../sqlite/sqlite_schema.ts";

type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
type Row<Schema, Name extends keyof Schema> = Schema[Name] extends Table
  ? Schema[Name]["$inferSelect"]
  : never;
type Shared = keyof typeof postgres & keyof typeof sqlite;

/** Does not compile unless the rows of both dialects have the same type. */
const PARITY: { readonly [Name in Shared]: Same<Row<typeof postgres, Name>, Row<typeof sqlite, Name>> } = {
  blobs: true,
  deletedImages: true,
  images: true,
  imageTags: true,
  installations: true,
  jobItems: true,
  jobs: true,
  leases: true,
  metadataKeys: true,
  purges: true,
  removals: true,
  stagedBlobs: true,
};

/** In Postgres, tasks wait in tables of pg-boss. */
const ONLY_IN_SQLITE: readonly unknown[] = [sqlite.jobTasks];

test("both dialects have the same tables, columns and indexes", () => {
  const postgresTables = Object.values(postgres).filter((table) => is(table, PgTable));
  const sqliteTables = Object.values(sqlite)
    .filter((table) => is(table, SQLiteTable))
    .filter((table) => !ONLY_IN_SQLITE.includes(table));
  const inPostgres = postgresTables.map((table) => describeTable(postgresConfig(table)));
  const inSqlite = sqliteTables.map((table) => describeTable(sqliteConfig(table)));
  expect(inPostgres).toEqual(inSqlite);
  expect(inPostgres.length).toBe(Object.keys(PARITY).length);
});

test("Postgres migrations have increasing times, because the migrator skips older ones", () => {
  const times = journal.entries.map((entry) => entry.when);
  expect(times.length).toBeGreaterThan(0);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(new Set(times).size).toBe(times.length);
});

interface TableConfig {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly notNull: boolean;
    readonly primary: boolean;
  }[];
  readonly indexes: readonly {
    readonly config: { readonly name?: string; readonly columns: readonly unknown[] };
  }[];
}

function describeTable({ name, columns, indexes }: TableConfig) {
  return {
    name,
    columns: columns.map(({ name, notNull, primary }) => ({ name, notNull, primary })),
    indexes: indexes.map(({ config }) => [config.name, config.columns.length]),
  };
}
