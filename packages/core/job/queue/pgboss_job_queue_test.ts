import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { SQL } from "bun";
import type { PgBoss } from "pg-boss";
import { startPgBoss, TASK_QUEUE } from "../../database/postgres/pgboss_engine.ts";
import { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { ProgImageError } from "../../error.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import type { NewTask, Task } from "./job_queue.ts";
import { jobQueueContract } from "./job_queue_contract.ts";
import { PgBossJobQueue } from "./pgboss_job_queue.ts";
import { QueueWorker } from "./testing_queue_worker.ts";
import { until } from "../../testing/testing_until.ts";

const server = await sharedPostgres();
const MODULE = join(import.meta.dir, "testing_pgboss_queue.ts");

describe.skipIf(!server)("on PostgreSQL", () => {
  if (!server) return;
  const opened: AsyncDisposable[] = [];
  let url = "";
  beforeAll(async () => {
    ({ url } = await server.freshDatabase());
    await migrate();
  });
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
    await withBoss((boss) => boss.deleteAllJobs(TASK_QUEUE));
    await execute("DELETE FROM job_turns");
  });
  const kept = <T extends AsyncDisposable>(each: T): T => (opened.push(each), each);
  const open = () => kept(new PgBossJobQueue(kept(new PostgresDatabase(url))));
  const execute = async (statement: string): Promise<readonly Record<string, unknown>[]> => {
    await using client = new SQL(url, { max: 1 });
    return [...(await client.unsafe(statement))];
  };
  /** Does what the queue has no methods for. */
  const withBoss = async <T>(work: (boss: PgBoss) => Promise<T>): Promise<T> => {
    await using database = new PostgresDatabase(url);
    const boss = await startPgBoss(database, () => {});
    return await work(boss).finally(() => boss.stop({ graceful: false }));
  };
  const migrate = async () => {
    await using database = new PostgresDatabase(url);
    await database.migrate(() => PgBossJobQueue.migrate(database));
  };
  const untilHolds = async (condition: string): Promise<void> =>
    await until(condition, async () => (await execute(`SELECT 1 WHERE ${condition}`)).length > 0, 20_000);

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
    await withBoss(async (boss) => {
      const left = async () => (await boss.findJobs(TASK_QUEUE, { limit: 1 })).length;
      await until("no task is left", async () => (await left()) === 0, 90_000);
    });
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
          // A statement that Postgres ends as it stops is busy: the caller tries again, too.
          const code = expect.stringMatching(/^(?:busy|unavailable)$/);
          expect(error).toMatchObject({ name: "ProgImageError", code });
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

  test("PgBossJobQueue.migrate() keeps tasks of version 0.1, in the order of their priorities", async () => {
    const queue = open();
    const added = tasks(3);
    const changes = [{ priority: 0 }, { priority: 2 }, { priority: 2, startAfter: 3_600 }];
    await withBoss((boss) =>
      boss.insert(
        TASK_QUEUE,
        added.map(({ id, kind, payload }, index) => ({ id, data: { kind, payload }, ...changes[index] })),
      ),
    );
    await migrate();
    await queue.add(tasks(1));
    const taken = await queue.take(4);
    expect(taken.map(({ priority, line, attempt }) => [priority, line, attempt])).toEqual([
      [2, "a", 1],
      [1, "a", 1],
      [0, "a", 1],
    ]);
    expect([taken[2]?.id, taken[0]?.id]).toEqual(added.slice(0, 2).map(({ id }) => id));
  });

  test("PgBossJobQueue.take() returns a task that a server of version 0.1 held, without moving turns", async () => {
    const queue = open();
    const [held] = tasks(1);
    await withBoss((boss) =>
      boss.insert(TASK_QUEUE, [{ id: held?.id ?? "", data: { kind: "test", payload: { job: "a" } } }]),
    );
    expect(await takeOne(queue)).toMatchObject({ id: held?.id ?? "", priority: 0, line: "a", attempt: 1 });
    await queue.add(tasks(1, { priority: 0 }));
    expect(await execute("SELECT turn FROM job_turns")).toEqual([{ turn: 0 }]);
  });

  test("PgBossJobQueue.add() gives turns only to tasks that were not yet queued", async () => {
    const queue = open();
    const first = tasks(2);
    for (let round = 0; round < 3; round++) await queue.add(first);
    await queue.add(tasks(1));
    await queue.add(tasks(3, { line: "b" }));
    expect(await linesOf(queue, 6)).toEqual(["a", "b", "a", "b", "a", "b"]);
  });

  test("PgBossJobQueue.add() knows the turn that another process serves", async () => {
    const [one, other] = [open(), open()];
    await one.add(tasks(12));
    expect(await linesOf(one, 6)).toHaveLength(6);
    await untilHolds("EXISTS (SELECT 1 FROM job_turns WHERE line = '' AND turn = 5)");
    await other.add(tasks(3, { line: "b" }));
    expect(await linesOf(one, 6)).toEqual(["b", "a", "b", "a", "b", "a"]);
  });

  test("PgBossJobQueue forgets the turns of lines that were passed, and all once it migrates without tasks", async () => {
    const queue = open();
    for (let job = 0; job < 20; job++)
      for (let step = 0; step < 2; step++) {
        await queue.add(tasks(1, { line: `${job}` }));
        await queue.complete(await takeOne(queue));
      }
    await untilHolds("EXISTS (SELECT 1 FROM job_turns WHERE line = '' AND turn = 20)");
    await queue.add(tasks(1));
    expect(await execute("SELECT line FROM job_turns ORDER BY line")).toEqual([
      { line: "" },
      { line: "19" },
      { line: "a" },
    ]);
    await migrate();
    expect(await execute("SELECT turn FROM job_turns")).not.toBeEmpty();
    await queue.complete(await takeOne(queue));
    await queue[Symbol.asyncDispose]();
    await migrate();
    expect(await execute("SELECT turn FROM job_turns")).toBeEmpty();
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

function tasks(count: number, { line = "a", priority = 1 } = {}): readonly NewTask[] {
  return Array.from({ length: count }, (_, place) => ({
    id: crypto.randomUUID(),
    kind: "test",
    payload: { job: line, place },
    priority,
    line,
  }));
}

/** Takes and completes one task after the other, and returns their lines. */
async function linesOf(queue: PgBossJobQueue, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const task = await takeOne(queue);
    lines.push(task.line);
    await queue.complete(task);
  }
  return lines;
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
