import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { DEFAULT_LIMITS, findJob, hasEnded } from "@progimage/core";
import {
  PgBossJobQueue,
  PostgresDatabase,
  PostgresImageCatalog,
  PostgresJobRecords,
  SqliteDatabase,
  SqliteImageCatalog,
  SqliteJobQueue,
  SqliteJobRecords,
} from "@progimage/core/adapters";
import { sharedPostgres, testFolder, until } from "@progimage/core/testing";
import { beginTestJob, checkEnd, type JobStorage, killAll, waitForJob } from "./testing_job_storage.ts";
import { cpuMilliseconds, startServer } from "./testing_server.ts";

const postgres = await sharedPostgres();

const OUTSIDE = { owner: "", exchange: null, limits: DEFAULT_LIMITS, now: Date.now };

/** Small limits, so that both servers take part and a job takes a while. */
const SMALL = { PROGIMAGE_RENDER_PROCESSES: "1", PROGIMAGE_JOB_ITEMS_AT_A_TIME: "3" };

describe.skipIf(!postgres)("two servers on one PostgreSQL and one folder", () => {
  if (!postgres) return;
  const server = postgres;

  /** Starts two servers, and opens their shared storage from outside. */
  async function open() {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await testFolder());
    const { url } = stack.use(await server.freshDatabase());
    const settings = { PROGIMAGE_DATABASE_URL: url, ...SMALL };
    const start = () => startServer({ dataDir: folder.path, settings });
    const [one, other] = await Promise.all([start(), start()]);
    stack.use(one);
    stack.use(other);
    const { storage } = stack.use(openStorage(url));
    const kept = stack.move();
    return { one, other, storage, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }

  test("a job that was begun on one of them is carried out by both", async () => {
    await using opened = await open();
    const { one, other, storage } = opened;
    const job = await beginTestJob(storage, one);
    const before = await Promise.all([one, other].map(({ pid }) => cpuMilliseconds(pid)));
    await checkEnd(storage, job);
    const after = await Promise.all([one, other].map(({ pid }) => cpuMilliseconds(pid)));
    const work = after.map((milliseconds, index) => milliseconds - (before[index] ?? 0));
    expect(Math.min(...work) / Math.max(...work)).toBeGreaterThan(0.2);
  }, 120_000);

  test("of which one is killed half-way: the other one finishes, and nothing is lost or stored twice", async () => {
    await using opened = await open();
    const { one, other, storage } = opened;
    const job = await beginTestJob(storage, one);
    await waitForJob(storage, job, ({ succeeded }) => succeeded >= 10);
    await killAll(one);
    expect(hasEnded(await findJob(storage, job.id))).toBe(false);
    await checkEnd(storage, job);
    expect(other.log()).not.toContain('"level":50');
  }, 120_000);

  test("whose PostgreSQL crashes half-way finish the job once it is back", async () => {
    await using opened = await open();
    const { one, storage } = opened;
    const job = await beginTestJob(storage, one);
    await waitForJob(storage, job, ({ succeeded }) => succeeded >= 10);
    await server.kill();
    await server.start();
    await checkEnd(storage, job);
  }, 120_000);
});

describe.skipIf(!postgres)("a server that moves to PostgreSQL", () => {
  if (!postgres) return;

  test("finishes the jobs there that it had begun, and stores nothing twice", async () => {
    await using folder = await testFolder();
    await using fresh = await postgres.freshDatabase();
    const before = await startServer({ dataDir: folder.path, settings: SMALL });
    using database = new SqliteDatabase(join(folder.path, "db", "progimage.sqlite"));
    const job = await beginTestJob(
      {
        ...OUTSIDE,
        catalog: new SqliteImageCatalog(database),
        jobs: new SqliteJobRecords(database),
        queue: new SqliteJobQueue(database),
      },
      before,
    );
    await until("ten items are done", async () => {
      const found = await new SqliteJobRecords(database).find(job.id);
      return (found?.succeeded ?? 0) >= 10 || found?.succeeded;
    });
    await before[Symbol.asyncDispose]();
    const settings = { ...SMALL, PROGIMAGE_DATABASE_URL: fresh.url };
    const { PATH = "", HOME = "" } = process.env;
    const copying = Bun.spawn(
      [process.execPath, join(import.meta.dir, "..", "main.ts"), "migrate-database"],
      {
        env: { PATH, HOME, PROGIMAGE_DATA_DIR: folder.path, ...settings },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    expect(await copying.exited).toBe(0);
    await using opened = openStorage(fresh.url);
    expect(hasEnded(await findJob(opened.storage, job.id))).toBe(false);
    expect(await opened.storage.queue.take(1)).toEqual([]);
    await using _after = await startServer({ dataDir: folder.path, settings });
    await checkEnd(opened.storage, job);
  }, 120_000);
});

/** Opens the database of a server from outside, as another node. */
function openStorage(url: string) {
  // With another name, so that it does not count as a running server.
  const database = new PostgresDatabase(url, { application: "test" });
  const queue = new PgBossJobQueue(database);
  const storage: JobStorage = {
    ...OUTSIDE,
    catalog: new PostgresImageCatalog(database),
    jobs: new PostgresJobRecords(database),
    queue,
  };
  return {
    storage,
    [Symbol.asyncDispose]: async () => {
      await queue[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
