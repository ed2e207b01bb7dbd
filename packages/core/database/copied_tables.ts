import { asc, type Column, getTableColumns, is, type SQL, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { PostgresDatabase } from "./postgres/postgres_database.ts";
import * as postgres from "./postgres/postgres_schema.ts";
import type { SqliteDatabase } from "./sqlite/sqlite_database.ts";
import * as sqlite from "./sqlite/sqlite_schema.ts";

/** A row by property names, which are the same in both dialects. */
export type CopiedRow = Readonly<Record<string, string | number | boolean | null>>;

/** A table of both dialects, with its key for reading it in order. */
export interface CopiedTable {
  readonly name: string;
  readonly sqlite: SQLiteTable;
  readonly postgres: PgTable;
  /** The property names of its primary key. */
  readonly key: readonly string[];
}

/** Leases are only valid for a short time, so they are not copied. */
const NOT_COPIED: ReadonlySet<string> = new Set(["leases"]);

/** Every table with permanent data. */
export const COPIED_TABLES: readonly CopiedTable[] = Object.entries(postgres)
  .filter(([name]) => !NOT_COPIED.has(name))
  .flatMap(([name, table]) => {
    const twin = Object.entries(sqlite).find(([other]) => other === name)?.[1];
    return is(table, PgTable) && is(twin, SQLiteTable) ? [copiedTable(table, twin)] : [];
  });

/** Returns rows of SQLite after a key, in key order. */
export function readFromSqlite(
  { orm }: SqliteDatabase,
  table: CopiedTable,
  { after, limit }: ReadOptions,
): readonly CopiedRow[] {
  const columns = getTableColumns(table.sqlite);
  const key = table.key.map((name) => columns[name]).filter((column) => column !== undefined);
  const rows = orm
    .select()
    .from(table.sqlite)
    .where(after && behind(key, keyOf(table, after)))
    .orderBy(...key.map((column) => asc(column)))
    .limit(limit)
    .all();
  return rows as CopiedRow[];
}

/** Returns rows of Postgres after a key, in key order. */
export async function readFromPostgres(
  database: PostgresDatabase,
  table: CopiedTable,
  { after, limit }: ReadOptions,
): Promise<readonly CopiedRow[]> {
  const columns = getTableColumns(table.postgres);
  const key = table.key.map((name) => columns[name]).filter((column) => column !== undefined);
  const rows = await database.read(() =>
    database.orm
      .select()
      .from(table.postgres)
      .where(after && behind(key, keyOf(table, after)))
      .orderBy(...key.map((column) => asc(column)))
      .limit(limit),
  );
  return rows as CopiedRow[];
}

/** Returns the key values of a row. */
export function keyOf({ key }: CopiedTable, row: CopiedRow): readonly CopiedRow[string][] {
  return key.map((name) => row[name] ?? null);
}

interface ReadOptions {
  /** The last row of the previous read. */
  readonly after?: CopiedRow;
  readonly limit: number;
}

function behind(key: readonly Column[], values: readonly unknown[]): SQL {
  return sql`(${sql.join([...key], sql`, `)}) > (${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;
}

function copiedTable(table: PgTable, twin: SQLiteTable): CopiedTable {
  const { name, columns, primaryKeys } = getTableConfig(table);
  const inKey = primaryKeys[0]?.columns ?? columns.filter((column) => column.primary);
  const properties = Object.entries(getTableColumns(table));
  const key = inKey.map((column) => properties.find(([, { name }]) => name === column.name)?.[0] ?? "");
  return { name, sqlite: twin, postgres: table, key };
}
