import { describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { type Job, ProgImageError } from "@progimage/core";
import { JobWatcher } from "./job_watcher.ts";

const JOB: Job = {
  id: Bun.randomUUIDv7(),
  owner: "",
  status: "running",
  sources: { kind: "ids" },
  outputs: [],
  deliver: "images",
  priority: "normal",
  webhook: null,
  attributes: {},
  label: null,
  metadata: {},
  total: 3,
  succeeded: 0,
  failed: 0,
  problem: null,
  createdAt: 1,
  startedAt: 1,
  finishedAt: null,
  expiresAt: null,
  lifetime: 1,
  run: 1,
  webhookDelivery: null,
  isExpanded: true,
  expandedTo: 3,
  cursor: null,
  waiting: 0,
};

/** Longer than any wait in these tests, in milliseconds. */
const LONG = 60_000;

/** Returns a watcher of a job that the test changes. Counts the reads. */
function watcherOf(options: { readonly capacity?: number } = {}) {
  const state = { job: JOB as Job | null, looks: 0, fails: false };
  const find = async () => {
    state.looks++;
    if (state.fails) throw new Error("The database is away");
    return state.job;
  };
  const watcher = new JobWatcher({ capacity: 10, interval: 1, ...options, find });
  return { state, watcher };
}

describe("JobWatcher", () => {
  test("returns a changed job to all its watches, with one read", async () => {
    const { state, watcher } = watcherOf();
    const watches = [watcher.watch(JOB), watcher.watch(JOB), watcher.watch(JOB)];
    const next = watches.map((watch) => watch.next(LONG));
    const changed = { ...JOB, succeeded: 1 };
    state.job = changed;
    expect(await Promise.all(next)).toEqual([changed, changed, changed]);
    expect(state.looks).toBeLessThan(3);
    for (const watch of watches) watch[Symbol.dispose]();
  });

  test("reports silence, and skips changes between two calls", async () => {
    const { state, watcher } = watcherOf();
    using watch = watcher.watch(JOB);
    expect(await watch.next(20)).toBeNull();
    for (const succeeded of [1, 2]) {
      const looks = state.looks;
      state.job = { ...JOB, succeeded };
      await until("it has looked three times more", () => state.looks >= looks + 3);
    }
    expect(await watch.next(LONG)).toMatchObject({ succeeded: 2 });
  });

  test("survives a database outage, and reports when the job is gone", async () => {
    const { state, watcher } = watcherOf();
    using watch = watcher.watch(JOB);
    state.fails = true;
    await until("it has looked three times", () => state.looks >= 3);
    state.fails = false;
    state.job = null;
    expect(await watch.next(LONG)).toBe("gone");
  });

  test("stops polling when the last watch has ended", async () => {
    const { state, watcher } = watcherOf();
    const watch = watcher.watch(JOB);
    const waiting = watch.next(LONG);
    watch[Symbol.dispose]();
    expect(await waiting).toBe("gone");
    const looks = state.looks;
    await Bun.sleep(30);
    expect(state.looks - looks).toBeLessThan(2);
  });

  test("refuses watches beyond its capacity, until another one ends", () => {
    const { watcher } = watcherOf({ capacity: 2 });
    const [first] = [watcher.watch(JOB), watcher.watch({ ...JOB, id: Bun.randomUUIDv7() })];
    expect(() => watcher.watch(JOB)).toThrow(ProgImageError);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    watcher.watch(JOB);
    expect(() => watcher.watch(JOB)).toThrow("too many");
  });

  test("ends all watches when it is disposed of", async () => {
    const { watcher } = watcherOf();
    using watch = watcher.watch(JOB);
    const waiting = watch.next(LONG);
    watcher[Symbol.dispose]();
    expect(await waiting).toBe("gone");
    using late = watcher.watch({ ...JOB, id: Bun.randomUUIDv7() });
    expect(await late.next(LONG)).toBe("gone");
  });
});
