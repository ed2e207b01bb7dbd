import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { assertKnownSchema, newestMigration, SCHEMA_VERSION } from "../schema_version.ts";
import journal from "./migrations/meta/_journal.json";

const FOLDER = join(import.meta.dir, "migrations");

/**
 * Brings the schema of a database up to date, and records the version of the program that did so.
 *
 * @throws {NewerSchemaError}
 */
export function migrateSqlite(orm: BunSQLiteDatabase): void {
  assertKnownSqlite(orm);
  migrate(orm, { migrationsFolder: FOLDER });
  const newest = newestMigration(journal.entries);
  if (recordOf(orm)?.migration === newest) return;
  orm.transaction((transaction) => {
    transaction.run(SCHEMA_VERSION.create);
    transaction.run(SCHEMA_VERSION.forget);
    transaction.run(SCHEMA_VERSION.record(newest));
  });
}

/**
 * Checks that this version of the program knows the schema of a database, which may be empty.
 *
 * @throws {NewerSchemaError}
 */
export function assertKnownSqlite(orm: BunSQLiteDatabase): void {
  if (!hasTable(orm, "__drizzle_migrations")) return;
  const rows = orm.all<Applied>(sql`SELECT created_at AS time FROM __drizzle_migrations`);
  const version = recordOf(orm)?.version ?? null;
  assertKnownSchema({ migrations: rows.map(({ time }) => Number(time)), version }, journal.entries);
}

interface Applied {
  readonly time: number;
}

interface VersionRecord {
  readonly version: string;
  readonly migration: number;
}

function recordOf(orm: BunSQLiteDatabase): VersionRecord | null {
  if (!hasTable(orm, "schema_version")) return null;
  return orm.all<VersionRecord>(SCHEMA_VERSION.find)[0] ?? null;
}

function hasTable(orm: BunSQLiteDatabase, name: string): boolean {
  return orm.all(sql`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ${name}`).length > 0;
}
