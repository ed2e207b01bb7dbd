import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "../../testing/testing_folder.ts";
import { GroupedWrites } from "./grouped_writes.ts";
import { SqliteDatabase } from "./sqlite_database.ts";

describe("SqliteDatabase.write()", () => {
  async function withTable(work: (database: SqliteDatabase, path: string) => Promise<void>): Promise<void> {
    await using folder = await testFolder();
    const path = join(folder.path, "progimage.sqlite");
    using database = new SqliteDatabase(path);
    database.orm.run("CREATE TABLE t (x INTEGER PRIMARY KEY)");
    await work(database, path);
  }
  const insert = ({ orm }: SqliteDatabase, x: number) => orm.run(`INSERT INTO t VALUES (${x})`);
  const rows = ({ orm }: SqliteDatabase) => orm.all<{ x: number }>("SELECT x FROM t").map(({ x }) => x);

  test("commits concurrent writes together, and gives each its own result", () =>
    withTable(async (database, path) => {
      const before = await commits(path);
      const writing = Array.from({ length: 20 }, (_, x) => database.write(() => (insert(database, x), x)));
      expect(await Promise.all(writing)).toEqual(Array.from({ length: 20 }, (_, x) => x));
      expect(rows(database)).toHaveLength(20);
      // One, unless this machine is so busy that a group takes too long.
      expect((await commits(path)) - before).toBeLessThan(10);
    }));

  test("rolls back only the write that failed", () =>
    withTable(async (database) => {
      const writing = [1, 2, 2, 3, 4].map((x) => database.write(() => insert(database, x)));
      const failing = database.write(() => {
        insert(database, 5);
        throw new Error("no");
      });
      const last = database.write(() => insert(database, 6));
      const outcomes = await Promise.allSettled([...writing, failing, last]);
      expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual([
        ...[true, true, false, true, true],
        ...[false, true],
      ]);
      expect(rows(database)).toEqual([1, 2, 3, 4, 6]);
      await database.write(() => insert(database, 7));
      expect(rows(database)).toHaveLength(6);
    }));

  test("lets other work go on between groups that take long", () =>
    withTable(async (database) => {
      let ticks = 0;
      const ticking = setInterval(() => ticks++, 1);
      const slow = (x: number) => () => {
        const end = performance.now() + 2;
        while (performance.now() < end);
        insert(database, x);
      };
      await Promise.all(Array.from({ length: 30 }, (_, x) => database.write(slow(x))));
      clearInterval(ticking);
      expect(ticks).toBeGreaterThan(5);
    }));

  test("waits while another process holds the lock, together with later writes", () =>
    withTable(async (database, path) => {
      using other = new SqliteDatabase(path);
      other.orm.run("BEGIN IMMEDIATE");
      const first = database.write(() => insert(database, 1));
      setTimeout(() => void database.write(() => insert(database, 2)), 100);
      setTimeout(() => other.orm.run("COMMIT"), 200);
      await first;
      await database.write(() => insert(database, 3));
      expect(rows(database)).toEqual([1, 2, 3]);
    }));
});

/** Counts the commits in the log of a small database. @see https://sqlite.org/fileformat2.html#the_write_ahead_log */
async function commits(path: string): Promise<number> {
  const log = Buffer.from(await Bun.file(`${path}-wal`).arrayBuffer());
  const frame = 24 + log.readUInt32BE(8);
  let count = 0;
  // The last frame of a commit holds the size of the database in pages.
  for (let offset = 32; offset < log.length; offset += frame) if (log.readUInt32BE(offset + 4) > 0) count++;
  return count;
}

describe("GroupedWrites", () => {
  test("acknowledge a commit only once it is safe on disk, and group later writes", async () => {
    using connection = new Database(":memory:");
    const syncs: PromiseWithResolvers<void>[] = [];
    const sync = () => {
      syncs.push(Promise.withResolvers());
      return syncs.at(-1)?.promise ?? Promise.reject();
    };
    const writes = new GroupedWrites(connection, {
      attempt: async (work) => work(),
      sync,
      lockTimeout: 5_000,
    });
    const done: number[] = [];
    const write = (x: number) => writes.add(() => x).then((value) => done.push(value));
    const first = write(1);
    while (syncs.length < 1) await new Promise(setImmediate);
    const others = [write(2), write(3)];
    await new Promise(setImmediate);
    expect([done, syncs.length]).toEqual([[], 1]);
    syncs[0]?.resolve();
    await first;
    while (syncs.length < 2) await new Promise(setImmediate);
    expect(done).toEqual([1]);
    syncs[1]?.resolve();
    await Promise.all(others);
    expect([done, syncs.length]).toEqual([[1, 2, 3], 2]);
  });

  test("acknowledge no write that the disk may have lost", async () => {
    using connection = new Database(":memory:");
    const failure = new Error("the disk failed");
    const sync = () => Promise.reject(failure);
    const writes = new GroupedWrites(connection, {
      attempt: async (work) => work(),
      sync,
      lockTimeout: 5_000,
    });
    const outcomes = await Promise.allSettled([1, 2].map((x) => writes.add(() => x)));
    expect(outcomes).toEqual([
      { status: "rejected", reason: failure },
      { status: "rejected", reason: failure },
    ]);
  });

  test("give each write its full timeout for the lock", async () => {
    await using folder = await testFolder();
    const path = join(folder.path, "progimage.sqlite");
    using other = new Database(path);
    other.run("PRAGMA journal_mode = WAL");
    other.run("BEGIN IMMEDIATE");
    using connection = new Database(path);
    const busy = new Error("busy");
    /** Retries until the deadline, as {@linkcode SqliteDatabase} does. */
    const attempt = async (work: () => void, deadline: number): Promise<void> => {
      while (performance.now() < deadline) {
        try {
          return work();
        } catch {
          await Bun.sleep(5);
        }
      }
      throw busy;
    };
    const lockTimeout = 1_000;
    const writes = new GroupedWrites(connection, { attempt, sync: async () => {}, lockTimeout });
    const waiting = [0, 100, 900].map(async (delay) => {
      await Bun.sleep(delay);
      const startedAt = performance.now();
      const outcome = await writes.add(() => {}).catch((error: unknown) => error);
      return { outcome, waited: performance.now() - startedAt };
    });
    for (const { outcome, waited } of await Promise.all(waiting)) {
      expect(outcome).toBe(busy);
      expect(waited).toBeGreaterThanOrEqual(lockTimeout - 1);
      expect(waited).toBeLessThan(lockTimeout + 500);
    }
    other.run("ROLLBACK");
    expect(await writes.add(() => "written")).toBe("written");
  });
});
