import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from "drizzle-kit/api";
import { getTableName, type Table } from "drizzle-orm";
import journal from "./migrations/meta/_journal.json";
import * as postgres from "./postgres_schema.ts";
import * as sqlite from "../sqlite/sqlite_schema.ts";
import * as tables from "../tables.ts";

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
  keys: true,
  leases: true,
  metadataKeys: true,
  purges: true,
  removals: true,
  stagedBlobs: true,
  tenantHosts: true,
  tenants: true,
  usage: true,
  usedTokens: true,
};

test("both dialects have every table of the definitions", () => {
  const namesOf = (made: object) => Object.values(made).map(getTableName).toSorted();
  const names = Object.values(tables).map(({ name }) => name);
  // In Postgres, tasks wait in tables of pg-boss, and their turns are kept beside them.
  expect(namesOf(postgres)).toEqual([...names, "job_turns"].toSorted());
  expect(namesOf(sqlite)).toEqual([...names, "job_tasks"].toSorted());
  expect(Object.keys(PARITY)).toHaveLength(names.length);
});

test("the migrations of both dialects make the tables of their schemas", async () => {
  const [ofSqlite, ofPostgres] = [await lastSnapshot("sqlite"), await lastSnapshot("postgres")];
  const inSqlite = await generateSQLiteDrizzleJson({ ...sqlite }, ofSqlite.id);
  expect(await generateSQLiteMigration(ofSqlite, inSqlite)).toEqual([]);
  const inPostgres = generateDrizzleJson({ ...postgres }, ofPostgres.id);
  expect(await generateMigration(ofPostgres, inPostgres)).toEqual([]);
});

test("Postgres migrations have increasing times, because the migrator skips older ones", () => {
  const times = journal.entries.map((entry) => entry.when);
  expect(times.length).toBeGreaterThan(0);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(new Set(times).size).toBe(times.length);
});

/** Returns the schema that the last migration of a dialect recorded. */
async function lastSnapshot(dialect: "postgres" | "sqlite") {
  const folder = join(import.meta.dir, "..", dialect, "migrations", "meta");
  const names = await Array.fromAsync(new Bun.Glob("*_snapshot.json").scan(folder));
  return await Bun.file(join(folder, names.toSorted().at(-1) ?? "none")).json();
}
