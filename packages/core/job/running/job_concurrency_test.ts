import { expect, test } from "bun:test";
import { setImmediate } from "node:timers/promises";
import { type RunWorkOptions, JobConcurrency } from "./job_concurrency.ts";

/** Work that runs until the test ends it, and the order in which it began. */
class Work {
  readonly begun: string[] = [];
  readonly #concurrency: JobConcurrency;
  readonly #done = new Map<string, () => void>();
  readonly #signal = new AbortController().signal;

  constructor(concurrency: JobConcurrency) {
    this.#concurrency = concurrency;
  }

  add(name: string, options: Partial<RunWorkOptions> = {}): Promise<void> {
    const traits = { priority: 1, line: "a", place: 0, signal: this.#signal, ...options };
    return this.#concurrency.run(async () => {
      this.begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#done.set(name, resolve);
      await promise;
    }, traits);
  }

  async end(name: string): Promise<void> {
    await setImmediate();
    this.#done.get(name)?.();
    await setImmediate();
  }
}

test("JobConcurrency.run() orders work by priority, then by turns of the lines, begun work first, then by place", async () => {
  const work = new Work(new JobConcurrency(1));
  void work.add("first");
  void work.add("a3", { place: 3 });
  void work.add("a1", { place: 1 });
  void work.add("b", { line: "b" });
  void work.add("low", { priority: 0 });
  void work.add("a5 more", { place: 5, isBegun: true });
  await setImmediate();
  for (let index = 0; index < 6; index++) await work.end(work.begun[index] ?? "");
  expect(work.begun).toEqual(["first", "a5 more", "b", "a1", "a3", "low"]);
});

test("JobConcurrency.run() starts work of a higher priority than all running work at once, one at a time", async () => {
  const work = new Work(new JobConcurrency(2));
  for (const name of ["l1", "l2", "l3"]) void work.add(name, { priority: 0 });
  for (const name of ["h1", "h2"]) void work.add(name, { priority: 2 });
  void work.add("n1");
  await setImmediate();
  expect(work.begun).toEqual(["l1", "l2", "h1"]);
  await work.end("h1");
  expect(work.begun.slice(3)).toEqual(["h2"]);
  await work.end("h2");
  expect(work.begun.slice(4)).toEqual(["n1"]);
  await work.end("n1");
  expect(work.begun.slice(5)).toEqual([]);
  await work.end("l1");
  expect(work.begun.slice(5)).toEqual(["l3"]);
});

test("JobConcurrency.waiting() counts waiting work of a priority and above, without aborted work", async () => {
  const concurrency = new JobConcurrency(1);
  const work = new Work(concurrency);
  const leaving = new AbortController();
  void work.add("first", { priority: 2 });
  void work.add("low", { priority: 0 });
  void work.add("more", { isBegun: true });
  const left = work.add("left", { signal: leaving.signal });
  expect([0, 1, 2].map((priority) => concurrency.waiting(priority))).toEqual([2, 1, 0]);
  leaving.abort(new Error("Cannot wait any longer"));
  expect(await left.catch((error: Error) => error.message)).toBe("Cannot wait any longer");
  expect(concurrency.waiting(0)).toBe(1);
});
