import { Database } from "bun:sqlite";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { drizzle as drizzleSqlite } from "drizzle-orm/bun-sqlite";
import { migrate as migrateSqlite } from "drizzle-orm/bun-sqlite/migrator";
import { migrate as migratePostgres } from "drizzle-orm/bun-sql/migrator";
import { testFolder } from "../testing/testing_folder.ts";
import type { PostgresDatabase } from "./postgres/postgres_database.ts";

/** Migrates an empty SQLite database to the schema of an earlier version. */
export async function migrateSqliteUntil(path: string, last: string): Promise<void> {
  await using migrations = await migrationsUntil("sqlite", last);
  using connection = new Database(path);
  migrateSqlite(drizzleSqlite(connection), { migrationsFolder: migrations.path });
}

/** Migrates an empty Postgres database to the schema of an earlier version. */
export async function migratePostgresUntil({ orm }: PostgresDatabase, last: string): Promise<void> {
  await using migrations = await migrationsUntil("postgres", last);
  await migratePostgres(orm, { migrationsFolder: migrations.path });
}

/** Returns the part of a row that a table of an earlier version can hold, and the names and values of its columns. */
export function earlierRow<Row extends object>(row: Row, columns: readonly string[]) {
  const kept = Object.entries(row).filter(([property]) => columns.includes(columnOf(property)));
  return {
    row: Object.fromEntries(kept) as Partial<Row>,
    columns: kept.map(([property]) => columnOf(property)),
    values: kept.map(([, value]) => value),
  };
}

function columnOf(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns a folder with the migrations up to and including a given one. */
async function migrationsUntil(dialect: "postgres" | "sqlite", last: string) {
  const folder = await testFolder();
  await cp(join(import.meta.dir, dialect, "migrations"), folder.path, { recursive: true });
  const path = join(folder.path, "meta/_journal.json");
  const journal = (await Bun.file(path).json()) as { readonly entries: readonly { readonly tag: string }[] };
  const count = journal.entries.findIndex(({ tag }) => tag === last) + 1;
  await Bun.write(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return folder;
}
