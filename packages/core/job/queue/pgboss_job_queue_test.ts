import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { SQL } from "bun";
import { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { ProgImageError } from "../../error.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import type { NewTask, Task } from "./job_queue.ts";
import { jobQueueContract } from "./job_queue_contract.ts";
import { PgBossJobQueue } from "./pgboss_job_queue.ts";
import { QueueWorker } from "./testing_queue_worker.ts";

const server = await sharedPostgres();
const MODULE = join(import.meta.dir, "testing_pgboss_queue.ts");

describe.skipIf(!server)("on PostgreSQL", () => {
  if (!server) return;
  const opened: AsyncDisposable[] = [];
  let url = "";
  beforeAll(async () => {
    ({ url } = await server.freshDatabase());
    await using database = new PostgresDatabase(url);
    await database.migrate(() => PgBossJobQueue.migrate(database));
  });
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
    await execute("DELETE FROM pgboss.job");
  });
  const kept = <T extends AsyncDisposable>(each: T): T => (opened.push(each), each);
  const open = () => kept(new PgBossJobQueue(kept(new PostgresDatabase(url))));
  const execute = async (statement: string): Promise<readonly Record<string, unknown>[]> => {
    await using client = new SQL(url, { max: 1 });
    return [...(await client.unsafe(statement))];
  };

  jobQueueContract(
    "PgBossJobQueue",
    async () => ({
      queue: open(),
      descriptor: { module: MODULE, options: { url } },
      [Symbol.asyncDispose]: async () => {},
    }),
    { orphansWithin: 15_000 },
  );

  test("PgBossJobQueue loses nothing and finishes nothing twice when Postgres crashes half-way", async () => {
    await using folder = await testFolder();
    const effects = join(folder.path, "effects");
    await mkdir(effects);
    const added = tasks(500);
    await open().add(added);
    const descriptor = { module: MODULE, options: { url } };
    const workers = [1, 2].map(() => kept(new QueueWorker(descriptor, { mode: "work", effects })));
    const idsOf = (wanted: string) =>
      workers.flatMap(({ lines }) => lines.filter(({ what }) => what === wanted).map(({ id }) => id));
    await workers[0]?.said(() => idsOf("finished").length >= 100);
    await server.kill();
    const before = idsOf("finished").length;
    await server.start();
    while ((await execute("SELECT 1 FROM pgboss.job LIMIT 1")).length > 0) await Bun.sleep(50);
    expect(before).toBeLessThan(450);
    expect(await readdir(effects)).toHaveLength(added.length);
    expect(idsOf("finished")).toHaveLength(new Set(idsOf("finished")).size);
  }, 120_000);

  test("PgBossJobQueue reports within ten seconds that Postgres is down, and works again once it is back", async () => {
    const [task] = tasks(1);
    const outages = [
      [() => server.stop(), () => server.start()],
      [() => server.kill(), () => server.start()],
      [() => server.freeze(), () => server.thaw()],
    ] as const;
    for (const [begin, end] of outages) {
      const queue = open();
      await queue.add(tasks(1));
      const held = await takeOne(queue);
      const unstarted = open();
      await begin();
      try {
        const failures = await Promise.all(
          [
            () => queue.add(tasks(1)),
            () => queue.take(1),
            () => queue.extend(held),
            () => queue.complete(held),
            () => queue.fail(held, { retryInMs: 0 }),
            () => queue.release(held),
            () => unstarted.take(1),
          ].map(failureOf),
        );
        for (const { error, milliseconds } of failures) {
          expect(error).toMatchObject({ name: "ProgImageError", code: "unavailable" });
          expect(milliseconds).toBeLessThan(10_000);
        }
      } finally {
        await end();
      }
      expect(await unstarted.take(1)).toEqual([]);
      expect(await queue.extend(held)).toBe(true);
      expect(await queue.complete(held)).toBe(true);
      await queue.add(task ? [task] : []);
      expect(await unstarted.complete(await takeOne(unstarted))).toBe(true);
    }
  }, 120_000);

  test("PgBossJobQueue.add() adds a completed task again", async () => {
    const queue = open();
    const added = tasks(1);
    await queue.add(added);
    expect(await queue.complete(await takeOne(queue))).toBe(true);
    await queue.add(added);
    expect(await takeOne(queue)).toMatchObject({ id: added[0]?.id ?? "", attempt: 1 });
  });

  test("PgBossJobQueue changes a task for its present holder alone, even if others have failed or released it", async () => {
    const queue = open();
    await queue.add(tasks(1));
    const first = await takeOne(queue);
    expect(await queue.fail(first, { retryInMs: 0 })).toBe(true);
    const second = await takeOne(queue);
    expect(await queue.release(second)).toBe(true);
    const third = await takeOne(queue);
    expect(third).toEqual(second);
    for (const former of [first, second]) {
      expect(await queue.extend(former)).toBe(false);
      expect(await queue.release(former)).toBe(false);
      expect(await queue.fail(former, { retryInMs: 0 })).toBe(false);
      expect(await queue.complete(former)).toBe(false);
    }
    await expect(queue.complete({ ...third })).rejects.toThrow("has not handed it out");
    expect(await queue.complete(third)).toBe(true);
  });

  test("PgBossJobQueue.migrate() can be run by three processes at once, and again", async () => {
    const { url: empty } = kept(await server.freshDatabase());
    const program = `
      import { PostgresDatabase } from ${JSON.stringify(join(import.meta.dir, "../..", "database/postgres/postgres_database.ts"))};
      import { PgBossJobQueue } from ${JSON.stringify(join(import.meta.dir, "pgboss_job_queue.ts"))};
      await using database = new PostgresDatabase(${JSON.stringify(empty)});
      await database.migrate(() => PgBossJobQueue.migrate(database));`;
    for (let round = 0; round < 2; round++) {
      const processes = Array.from({ length: 3 }, () =>
        Bun.spawn([process.execPath, "--eval", program], { stdio: ["ignore", "ignore", "inherit"] }),
      );
      expect(await Promise.all(processes.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    }
    const queue = kept(new PgBossJobQueue(kept(new PostgresDatabase(empty))));
    await queue.add(tasks(1));
    expect(await queue.take(2)).toHaveLength(1);
  });

  test("PgBossJobQueue.migrate() keeps tasks of an earlier version, in the order of their priorities", async () => {
    const queue = open();
    const [low, high] = tasks(2);
    const added = [
      { ...low, priority: 0 },
      { ...high, priority: 2 },
    ] as NewTask[];
    await queue.add(added);
    // The form of the rows before turns and lines existed.
    await execute("UPDATE pgboss.job SET priority = priority / (2 ^ 29)::integer, singleton_key = NULL");
    await using database = new PostgresDatabase(url);
    await database.migrate(() => PgBossJobQueue.migrate(database));
    await queue.add(tasks(1));
    const taken = await queue.take(3);
    expect(taken.map(({ priority, line }) => [priority, line])).toEqual([
      [2, "a"],
      [1, "a"],
      [0, "a"],
    ]);
    expect(taken.map(({ id }) => id).toSorted()).toEqual(
      expect.arrayContaining(added.map(({ id }) => id).toSorted()),
    );
  });

  test("PgBossJobQueue lets its process exit after disposal", async () => {
    const program = `
      import { PostgresDatabase } from ${JSON.stringify(join(import.meta.dir, "../..", "database/postgres/postgres_database.ts"))};
      import { PgBossJobQueue } from ${JSON.stringify(join(import.meta.dir, "pgboss_job_queue.ts"))};
      await using database = new PostgresDatabase(${JSON.stringify(url)});
      await using queue = new PgBossJobQueue(database);
      await queue.take(1);`;
    const child = Bun.spawn([process.execPath, "--eval", program], {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: 20_000,
    });
    expect(await child.exited).toBe(0);
  });
});

function tasks(count: number): readonly NewTask[] {
  return Array.from({ length: count }, (_, place) => ({
    id: crypto.randomUUID(),
    kind: "test",
    payload: { job: "a", place },
    priority: 1,
    line: "a",
  }));
}

async function takeOne(queue: PgBossJobQueue): Promise<Task> {
  const [task] = await queue.take(1);
  if (!task) throw new Error("Cannot take a task: there is none");
  return task;
}

async function failureOf(work: () => Promise<unknown>) {
  const startedAt = performance.now();
  const error = await work().then(
    () => new Error("It did not fail"),
    (error: unknown) => error as ProgImageError,
  );
  return { error, milliseconds: performance.now() - startedAt };
}
