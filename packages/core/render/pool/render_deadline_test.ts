import { expect, test } from "bun:test";
import { cpuTime } from "./cpu_time.ts";
import { type PassedDeadline, RenderDeadline } from "./render_deadline.ts";
import { startBusyLoops } from "./testing_busy_loops.ts";

/** Watches a process until it passes a deadline. */
function watch(pid: number, milliseconds: number): Promise<PassedDeadline> & Disposable {
  const { promise, resolve } = Promise.withResolvers<PassedDeadline>();
  const deadline = new RenderDeadline(pid, { milliseconds, onPassed: resolve });
  return Object.assign(promise, { [Symbol.dispose]: () => deadline[Symbol.dispose]() });
}

test("RenderDeadline passes soon after a process has used up its CPU time", async () => {
  using loops = startBusyLoops(1);
  const [pid = 0] = loops.pids;
  const before = (await cpuTime(pid)) ?? 0;
  using passed = watch(pid, 500);
  expect(await passed).toBe("cpu");
  const used = ((await cpuTime(pid)) ?? 0) - before;
  expect(used).toBeGreaterThanOrEqual(500);
  expect(used).toBeLessThan(1_500);
});

test("RenderDeadline reports a process that uses no CPU time as stuck after five times its limit", async () => {
  await using sleeper = Bun.spawn(["sleep", "60"]);
  const startedAt = performance.now();
  using passed = watch(sleeper.pid, 200);
  expect(await passed).toBe("stuck");
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  sleeper.kill();
});

test.skipIf(process.platform !== "linux")(
  "RenderDeadline does not report a process as stuck while others occupy all processors",
  async () => {
    const starving = Bun.spawn(["nice", "-n", "19", process.execPath, "-e", "for (;;) continue"]);
    try {
      const others = startBusyLoops(10);
      using passed = watch(starving.pid, 200);
      // Longer than a task that waits for something else may last.
      await Bun.sleep(1_500);
      others[Symbol.dispose]();
      expect(await passed).toBe("cpu");
    } finally {
      starving.kill("SIGKILL");
    }
  },
);

test("RenderDeadline reports nothing after it is disposed", async () => {
  using loops = startBusyLoops(1);
  const heard: PassedDeadline[] = [];
  const deadline = new RenderDeadline(loops.pids[0] ?? 0, {
    milliseconds: 50,
    onPassed: (passed) => heard.push(passed),
  });
  deadline[Symbol.dispose]();
  using other = watch(loops.pids[0] ?? 0, 200);
  await other;
  expect(heard).toEqual([]);
});
