import { describe, expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestFolder, testFolder } from "../../testing/testing_folder.ts";
import type { JobQueue, NewTask, Task } from "./job_queue.ts";
import { tenantOfLine } from "./job_tasks.ts";
import { QueueWorker, type QueueDescriptor } from "./testing_queue_worker.ts";
import { until } from "../../testing/testing_until.ts";

/** An empty queue. */
export interface JobQueueUnderTest extends AsyncDisposable {
  readonly queue: JobQueue;
  /** How other processes open the queue, if they can. */
  readonly descriptor?: QueueDescriptor;
}

/** Makes a queue in a folder of its own. */
export type MakeJobQueue = (folder: string) => Promise<JobQueueUnderTest>;

/** Options for {@linkcode jobQueueContract}. */
export interface JobQueueContractOptions {
  /** The deadline, in milliseconds, for another process to take the tasks of a killed one. */
  readonly orphansWithin: number;
  /** Whether several processes can use the queue. @default {true} */
  readonly isShared?: boolean;
}

/** Tests what every {@linkcode JobQueue} must do, including when processes that use it die. */
export function jobQueueContract(name: string, make: MakeJobQueue, options: JobQueueContractOptions): void {
  const { orphansWithin, isShared = true } = options;
  const takeTimeout = 4 * orphansWithin + 60_000;

  describe(name, () => {
    test("JobQueue.take() returns each added task once", () =>
      withQueue(make, async ({ queue }) => {
        const [task] = tasks(1);
        await queue.add(task ? [task] : []);
        const [taken] = await queue.take(10);
        expect(taken).toEqual({ ...task, attempt: 1 } as Task);
        expect(await queue.take(10)).toEqual([]);
        expect(taken && (await queue.complete(taken))).toBe(true);
        expect(taken && (await queue.complete(taken))).toBe(false);
      }));

    test("JobQueue.add() ignores a task whose id is already waiting or held", () =>
      withQueue(make, async ({ queue }) => {
        const added = tasks(2);
        await queue.add(added);
        await queue.add(added);
        expect(await queue.take(1)).toHaveLength(1);
        await queue.add(added);
        expect(await queue.take(10)).toHaveLength(1);
        expect(await queue.take(10)).toEqual([]);
      }));

    test("JobQueue.take() returns higher priorities first, then the longest waiting, and at most the limit", () =>
      withQueue(make, async ({ queue }) => {
        const [low, first, second, high] = tasks(4, [0, 1, 1, 2]);
        for (const task of [low, first, second, high]) {
          await queue.add(task ? [task] : []);
          await Bun.sleep(3); // tasks that were added within a millisecond count as equally old
        }
        const [lowest, earlier, later, highest] = [low, first, second, high].map((task) => task?.id ?? "");
        expect([await takeIds(queue, 1), await takeIds(queue, 2), await takeIds(queue, 2)]).toEqual([
          [highest],
          [earlier, later],
          [lowest],
        ] as string[][]);
      }));

    test("JobQueue.take() leaves tasks below the requested priority in the queue", () =>
      withQueue(make, async ({ queue }) => {
        const added = tasks(3, [0, 1, 2]);
        await queue.add(added);
        const above = await queue.take(10, { priority: 1 });
        expect(above.map(({ priority }) => priority)).toEqual([2, 1]);
        expect(await queue.take(10, { priority: 1 })).toEqual([]);
        expect(await takeIds(queue, 10)).toEqual([added[0]?.id ?? ""]);
      }));

    test("JobQueue.take() serves the lines of one priority in turn, whichever has more tasks", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add([...tasks(6, [], "long"), ...tasks(2, [], "short")]);
        await queue.add(tasks(1, [], "late"));
        const lines = await takeLines(queue, 9);
        expect(lines.slice(0, 3).toSorted()).toEqual(["late", "long", "short"]);
        expect(lines.slice(3, 5).toSorted()).toEqual(["long", "short"]);
        expect(lines.slice(5)).toEqual(["long", "long", "long", "long"]);
      }));

    test("JobQueue.take() serves a tenant with one job as often as one with many", () =>
      withQueue(make, async ({ queue }) => {
        const many = Array.from({ length: 12 }, (_, job) => tasks(3, [2, 2, 2], `many/${job}`)).flat();
        await queue.add(many);
        await serve(queue, 4);
        await queue.add([...tasks(6, [], "one/a"), ...tasks(6, [], "b")]);
        const tenants = (await takeLines(queue, 24)).map(tenantOfLine);
        // Another tenant is looked for once in eight takes.
        const first = tenants.findIndex((tenant) => tenant !== "many");
        expect(first).toBeLessThan(9);
        const shared = tenants.slice(first, first + 15);
        expect(["many", "one", ""].map((name) => shared.filter((each) => each === name).length)).toEqual([
          5, 5, 5,
        ]);
      }));

    test("JobQueue.take() serves the lines of a tenant in turn, however far other tenants are", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add(tasks(20, [], "far/a"));
        await serve(queue, 10);
        await queue.add(tasks(8, [], "near/long"));
        await queue.add(tasks(2, [], "near/short"));
        const near = (await takeLines(queue, 16)).filter((line) => line.startsWith("near/"));
        expect(near.slice(0, 2).toSorted()).toEqual(["near/long", "near/short"]);
        expect(near.slice(2, 4).toSorted()).toEqual(["near/long", "near/short"]);
      }));

    test("JobQueue.take() gives a new line one turn per round while a task of another is held for long", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add(tasks(12, [], "long"));
        await takeOne(queue, takeTimeout);
        await serve(queue, 5);
        await queue.add(tasks(3, [], "new"));
        expect(await takeRounds(queue, 3)).toEqual(ROUNDS);
      }));

    test("JobQueue.take() gives a new line one turn per round after a task of another has failed", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add(tasks(12, [], "long"));
        const first = await takeOne(queue, takeTimeout);
        await serve(queue, 5);
        await takeOne(queue, takeTimeout);
        await queue.fail(first, { retryInMs: 0 });
        await queue.add(tasks(3, [], "new"));
        expect((await takeOne(queue, takeTimeout)).id).toBe(first.id);
        expect(await takeRounds(queue, 3)).toEqual(ROUNDS);
      }));

    test("JobQueue.take() gives a line that was served long ago one turn per round", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add(tasks(1, [], "new"));
        await takeOne(queue, takeTimeout);
        await queue.add(tasks(12, [], "long"));
        await serve(queue, 5);
        await queue.add(tasks(3, [], "new"));
        expect(await takeRounds(queue, 3)).toEqual(ROUNDS);
      }));

    test("JobQueue.release() at the end of a turn puts the task behind other lines and its own", () =>
      withQueue(make, async ({ queue }) => {
        const [first, second] = tasks(2);
        await queue.add(first && second ? [first, second] : []);
        await queue.add(tasks(1, [], "b"));
        const taken = await takeOne(queue, takeTimeout);
        expect(await queue.release(taken, { isTurnOver: true })).toBe(true);
        expect(await queue.release(taken, { isTurnOver: true })).toBe(false);
        const order = await queue.take(3);
        expect(order.at(-1)).toEqual({ ...first, attempt: 1 } as Task);
        expect(order.map(({ line }) => line).toSorted()).toEqual(["a", "a", "b"]);
      }));

    test("JobQueue.add() with a delay withholds tasks for that long", () =>
      withQueue(make, async ({ queue }) => {
        const addedAt = performance.now();
        await queue.add(tasks(1), { delay: 400 });
        expect(await queue.take(1)).toEqual([]);
        await takeOne(queue, takeTimeout);
        expect(performance.now() - addedAt).toBeGreaterThanOrEqual(395);
      }));

    test("JobQueue.fail() schedules another attempt after the given time", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add(tasks(1));
        const first = await takeOne(queue, takeTimeout);
        const failedAt = performance.now();
        expect(await queue.fail(first, { retryInMs: 400 })).toBe(true);
        expect(await queue.take(1)).toEqual([]);
        expect(await queue.fail(first, { retryInMs: 0 })).toBe(false);
        const second = await takeOne(queue, takeTimeout);
        expect(performance.now() - failedAt).toBeGreaterThanOrEqual(395);
        expect(second).toMatchObject({ payload: first.payload, attempt: 2 });
      }));

    test("JobQueue.release() makes a task available at once, as if it had not been taken", () =>
      withQueue(make, async ({ queue }) => {
        await queue.add(tasks(1));
        const first = await takeOne(queue, takeTimeout);
        expect(await queue.release(first)).toBe(true);
        const again = await takeOne(queue, takeTimeout);
        expect(again).toMatchObject({ payload: first.payload, attempt: 1 });
        expect(await queue.complete(again)).toBe(true);
      }));

    test("JobQueue.onAdded() calls the listener when tasks are added, until it is unsubscribed", () =>
      withQueue(make, async ({ queue }) => {
        let calls = 0;
        const stop = queue.onAdded(() => calls++);
        await queue.add(tasks(1));
        expect(calls).toBe(1);
        stop();
        await queue.add(tasks(1));
        expect(calls).toBe(1);
      }));

    test(
      "JobQueue.extend() keeps a task as long as it is called, and reports when the task is lost",
      () =>
        withQueue(make, async ({ queue }) => {
          await queue.add(tasks(1));
          const held = await takeOne(queue, takeTimeout);
          const keepUntil = performance.now() + 1.3 * orphansWithin;
          while (performance.now() < keepUntil) {
            expect(await queue.extend(held)).toBe(true);
            expect(await queue.take(1)).toEqual([]);
            await Bun.sleep(queue.heartbeat / 2);
          }
          const taken = await takeOne(queue, takeTimeout);
          expect(taken.attempt).toBe(2);
          expect(await queue.extend(held)).toBe(false);
          expect(await queue.complete(held)).toBe(false);
          expect(await queue.fail(held, { retryInMs: 0 })).toBe(false);
          expect(await queue.release(held)).toBe(false);
          expect(await queue.complete(taken)).toBe(true);
        }),
      takeTimeout,
    );
  });

  if (!isShared) return;
  describe(`${name} with processes`, () => {
    test(
      "when one of two workers is killed, none of 500 tasks is lost or finished twice, and the other takes over in time",
      () =>
        withQueue(make, async ({ queue, descriptor }, folder) => {
          if (!descriptor) throw new TypeError("Cannot start workers: no descriptor says how");
          const effects = join(folder.path, "effects");
          await mkdir(effects);
          const added = tasks(500);
          await queue.add(added);
          await using killed = new QueueWorker(descriptor, { mode: "work", effects });
          await using other = new QueueWorker(descriptor, { mode: "work", effects });
          await killed.said((lines) => lines.filter(({ what }) => what === "finished").length >= 50);
          const killedAt = performance.now();
          await killed.kill();
          const finishedByKilled = new Set(idsOf(killed, "finished"));
          const orphans = added.filter(
            ({ id }) => idsOf(killed, "took").includes(id) && !finishedByKilled.has(id),
          );
          // Tasks that it completed without reporting so are gone and begin anew. Those it still held are in the queue and are not added
          // again.
          await queue.add(orphans);
          const finishedByOther = () => idsOf(other, "finished");
          await other.said(() => new Set([...finishedByKilled, ...finishedByOther()]).size === added.length);
          const tookOverAt =
            other.lines.findLast(({ what, id }) => what === "took" && orphans.some((task) => task.id === id))
              ?.at ?? Infinity;
          expect(tookOverAt - killedAt).toBeLessThan(orphansWithin);
          // A worker leaves the effect before it completes a task, so there is exactly one effect for each task.
          expect(await readdir(effects)).toHaveLength(added.length);
          expect(finishedByKilled.size + finishedByOther().length).toBe(added.length);
        }),
      takeTimeout,
    );

    test(
      "two workers on a long line serve a short one that comes later before they go on",
      () =>
        withQueue(make, async ({ queue, descriptor }) => {
          if (!descriptor) throw new TypeError("Cannot start workers: no descriptor says how");
          const short = tasks(2, [], "short");
          await queue.add(tasks(400, [], "long"));
          await using one = new QueueWorker(descriptor, { mode: "work" });
          await using other = new QueueWorker(descriptor, { mode: "work" });
          await Promise.all([one, other].map((worker) => worker.said((lines) => lines.length >= 20)));
          await queue.add(short);
          const addedAt = performance.now();
          const taken = () =>
            [...one.lines, ...other.lines]
              .filter(({ what }) => what === "took")
              .toSorted((earlier, later) => earlier.at - later.at);
          const areTaken = () => short.every(({ id }) => taken().some((line) => line.id === id));
          await Promise.race([one.said(areTaken), other.said(areTaken)]);
          const after = taken().filter(({ at }) => at > addedAt);
          const last = after.findLastIndex(({ id }) => short.some((task) => task.id === id));
          // Each short task comes in a round of its own, and all eight workers may have been about to take another.
          expect(last).toBeLessThan(12);
        }),
      takeTimeout,
    );

    test(
      "a worker that was stopped for longer than its lease can no longer finish its task",
      () =>
        withQueue(make, async ({ queue, descriptor }) => {
          if (!descriptor) throw new TypeError("Cannot start workers: no descriptor says how");
          await queue.add(tasks(1));
          await using worker = new QueueWorker(descriptor, { mode: "hold" });
          await worker.said((lines) => lines.some(({ what }) => what === "took"));
          worker.signal("SIGSTOP");
          const taken = await takeOne(queue, takeTimeout);
          expect(taken.attempt).toBe(2);
          const extending = setInterval(() => void queue.extend(taken), queue.heartbeat);
          worker.signal("SIGCONT");
          worker.tell("finish");
          await worker.said((lines) => lines.some(({ what }) => what === "finished" || what === "lost"));
          clearInterval(extending);
          expect(worker.lines.at(-1)?.what).toBe("lost");
          expect(await queue.complete(taken)).toBe(true);
        }),
      takeTimeout,
    );

    test(
      "a worker whose event loop is blocked for a second keeps its task",
      () =>
        withQueue(make, async ({ queue, descriptor }) => {
          if (!descriptor) throw new TypeError("Cannot start workers: no descriptor says how");
          await queue.add(tasks(1));
          await using worker = new QueueWorker(descriptor, { mode: "hold" });
          await worker.said((lines) => lines.some(({ what }) => what === "took"));
          worker.tell("stall");
          await worker.said((lines) => lines.some(({ what }) => what === "stalled"));
          expect(await queue.take(1)).toEqual([]);
          worker.tell("finish");
          await worker.said((lines) => lines.some(({ what }) => what === "finished" || what === "lost"));
          expect(worker.lines.at(-1)?.what).toBe("finished");
        }),
      takeTimeout,
    );
  });
}

function tasks(count: number, priorities: readonly number[] = [], line = "a"): readonly NewTask[] {
  return Array.from({ length: count }, (_, index) => ({
    id: crypto.randomUUID(),
    kind: "test",
    payload: { job: line, place: index },
    priority: priorities[index] ?? 1,
    line,
  }));
}

async function withQueue(
  make: MakeJobQueue,
  work: (under: JobQueueUnderTest, folder: TestFolder) => Promise<void>,
): Promise<void> {
  await using folder = await testFolder();
  await using under = await make(folder.path);
  await work(under, folder);
}

async function takeIds(queue: JobQueue, limit: number): Promise<readonly string[]> {
  return (await queue.take(limit)).map(({ id }) => id);
}

/** Takes tasks and completes them. */
async function serve(queue: JobQueue, count: number): Promise<void> {
  for (const task of await queue.take(count)) await queue.complete(task);
}

/** Each round serves both lines once. */
const ROUNDS = Array.from({ length: 3 }, () => ["long", "new"]);

async function takeRounds(queue: JobQueue, count: number): Promise<readonly (readonly string[])[]> {
  const lines = await takeLines(queue, 2 * count);
  return Array.from({ length: count }, (_, round) => lines.slice(2 * round, 2 * round + 2).toSorted());
}

/** Takes one task after the other, and returns their lines. */
async function takeLines(queue: JobQueue, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let taken = 0; taken < count; taken++) lines.push(...(await queue.take(1)).map(({ line }) => line));
  return lines;
}

/** Polls until there is a task. */
async function takeOne(queue: JobQueue, takeTimeout: number): Promise<Task> {
  const taken: Task[] = [];
  await until("there is a task", async () => taken.push(...(await queue.take(1))) > 0, takeTimeout);
  const [task] = taken;
  if (!task) throw new Error("Cannot take a task: there is none");
  return task;
}

function idsOf({ lines }: QueueWorker, wanted: string): readonly string[] {
  return lines.filter(({ what }) => what === wanted).map(({ id }) => id);
}
