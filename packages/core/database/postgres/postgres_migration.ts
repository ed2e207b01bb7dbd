import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { BunSQLDatabase } from "drizzle-orm/bun-sql";
import { migrate } from "drizzle-orm/bun-sql/migrator";
import journal from "./migrations/meta/_journal.json";
import { assertKnownSchema, newestMigration, SCHEMA_VERSION } from "../schema_version.ts";

const FOLDER = join(import.meta.dir, "migrations");

/**
 * Brings the schema of a database up to date, and records the version of the program that did so. Only one process may run it at a time.
 *
 * @throws {NewerSchemaError}
 */
export async function migratePostgres(orm: BunSQLDatabase): Promise<void> {
  await assertKnownPostgres(orm);
  await migrate(orm, { migrationsFolder: FOLDER });
  const newest = newestMigration(journal.entries);
  if ((await recordOf(orm))?.migration === newest) return;
  await orm.transaction(async (transaction) => {
    await transaction.execute(SCHEMA_VERSION.create);
    await transaction.execute(SCHEMA_VERSION.forget);
    await transaction.execute(SCHEMA_VERSION.record(newest));
  });
}

/**
 * Checks that this version of the program knows the schema of a database, which may be empty.
 *
 * @throws {NewerSchemaError}
 */
export async function assertKnownPostgres(orm: BunSQLDatabase): Promise<void> {
  if (!(await hasTable(orm, "drizzle.__drizzle_migrations"))) return;
  const rows = await orm.execute<{ readonly time: string }>(
    sql`SELECT created_at AS time FROM drizzle.__drizzle_migrations`,
  );
  const version = (await recordOf(orm))?.version ?? null;
  assertKnownSchema({ migrations: rows.map(({ time }) => Number(time)), version }, journal.entries);
}

interface VersionRecord {
  readonly version: string;
  readonly migration: number;
}

async function recordOf(orm: BunSQLDatabase): Promise<VersionRecord | null> {
  if (!(await hasTable(orm, "schema_version"))) return null;
  const [row] = await orm.execute<{ readonly version: string; readonly migration: string }>(
    SCHEMA_VERSION.find,
  );
  return row ? { version: row["version"], migration: Number(row["migration"]) } : null;
}

async function hasTable(orm: BunSQLDatabase, name: string): Promise<boolean> {
  const [row] = await orm.execute<{ readonly found: boolean }>(
    sql`SELECT to_regclass(${name}) IS NOT NULL AS found`,
  );
  return row?.["found"] ?? false;
}
