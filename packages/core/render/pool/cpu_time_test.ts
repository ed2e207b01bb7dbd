import { expect, test } from "bun:test";
import { CpuMeter, cpuTime, cpuTimeByPs, parsePsTime } from "./cpu_time.ts";
import { startBusyLoops } from "./testing_busy_loops.ts";
import { until } from "../../testing/testing_until.ts";

test("CpuMeter.used() is the CPU time since the meter was created, and almost none for a sleeping process", async () => {
  using loops = startBusyLoops(1);
  await using sleeper = Bun.spawn(["sleep", "60"]);
  const [pid = 0] = loops.pids;
  await untilUsed(new CpuMeter(pid), 300);
  const [late, ofSleeper] = [new CpuMeter(pid), new CpuMeter(sleeper.pid)];
  expect(await late.used()).toBeLessThan(300);
  await untilUsed(late, 300);
  expect(await ofSleeper.used()).toBeLessThan(50);
  sleeper.kill();
});

test.skipIf(process.platform !== "linux")(
  "CpuMeter.isAwake() distinguishes a process that waits for a processor from a sleeping one",
  async () => {
    using loops = startBusyLoops(10);
    await using sleeper = Bun.spawn(["sleep", "60"]);
    const meters = loops.pids.map((pid) => new CpuMeter(pid));
    await until("all loops want a processor at once", () => meters.every((meter) => meter.isAwake()));
    const ofSleeper = new CpuMeter(sleeper.pid);
    await until("a process sleeps", () => !ofSleeper.isAwake());
    sleeper.kill();
  },
);

test.skipIf(process.platform !== "linux")("cpuTime() counts less than ten milliseconds", async () => {
  const pauses = Array.from({ length: 10 }, async (_, index) => {
    await Bun.sleep(index);
    return ((await cpuTime(process.pid)) ?? 0) % 10;
  });
  expect(new Set(await Promise.all(pauses)).size).toBeGreaterThan(1);
});

test("CpuMeter counts no CPU time for a process that has ended", async () => {
  const child = Bun.spawn(["true"]);
  await child.exited;
  const meter = new CpuMeter(child.pid);
  expect([await meter.used(), meter.isAwake()]).toEqual([0, false]);
});

test.skipIf(!Bun.which("ps"))("cpuTimeByPs() agrees with what the system counts", async () => {
  using loops = startBusyLoops(1);
  const [pid = 0] = loops.pids;
  await untilUsed(new CpuMeter(pid), 1_100);
  const before = (await cpuTime(pid)) ?? 0;
  const byPs = (await cpuTimeByPs(pid)) ?? 0;
  const after = (await cpuTime(pid)) ?? 0;
  // On Linux, ps cuts off fractions of a second.
  expect(byPs).toBeGreaterThan(before - 1_000);
  expect(byPs).toBeLessThanOrEqual(after);
});

test.each([
  ["00:01:02\n", 62_000],
  ["  0:01.25\n", 1_250],
  ["2-03:04:05", 183_845_000],
  ["", null],
  ["TIME", null],
])("parsePsTime() reads %j", (text, milliseconds) => {
  expect(parsePsTime(text)).toBe(milliseconds);
});

async function untilUsed(meter: CpuMeter, milliseconds: number): Promise<void> {
  await until(`${milliseconds} ms of CPU time are used`, async () => {
    const used = await meter.used();
    return used >= milliseconds || used;
  });
}
