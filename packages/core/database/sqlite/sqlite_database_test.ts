import { expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "../../testing/testing_folder.ts";
import journal from "./migrations/meta/_journal.json";
import { SqliteDatabase } from "./sqlite_database.ts";

test("SQLite migrations have increasing times, because the migrator skips older ones", () => {
  const times = journal.entries.map((entry) => entry.when);
  expect(times.length).toBeGreaterThan(0);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(new Set(times).size).toBe(times.length);
});

test("SqliteDatabase.migrate() can run again and again", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "db", "progimage.sqlite");
  for (let start = 0; start < 2; start++) {
    using database = new SqliteDatabase(path);
    database.migrate();
  }
});

test("SqliteDatabase.run() waits for another writer without blocking the event loop", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "progimage.sqlite");
  using one = new SqliteDatabase(path);
  using other = new SqliteDatabase(path);
  one.orm.run("CREATE TABLE t (x)");
  one.orm.run("BEGIN IMMEDIATE");
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  setTimeout(() => one.orm.run("COMMIT"), 300);
  await other.run(() => other.orm.run("INSERT INTO t VALUES (1)"));
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(2);
  expect(other.orm.all("SELECT * FROM t")).toEqual([{ x: 1 }]);
});

test("SqliteDatabase.run() syncs unless isDurable is false, also after such a call has failed", async () => {
  using database = new SqliteDatabase(":memory:");
  const synchronous = () => database.orm.get<readonly [number]>("PRAGMA synchronous")[0];
  const [normal, full] = [1, 2];
  expect(await database.run(synchronous)).toBe(full);
  expect(await database.run(synchronous, { isDurable: false })).toBe(normal);
  const fail = () => {
    throw new Error("Cannot write");
  };
  await expect(database.run(fail, { isDurable: false })).rejects.toThrow("Cannot write");
  expect(await database.run(synchronous)).toBe(full);
});
