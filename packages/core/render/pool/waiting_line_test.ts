import { expect, test } from "bun:test";
import { WaitingLine, type WaitOptions } from "./waiting_line.ts";

/** Adds a task to the queue for each of the given options. Returns the list of tasks that got their turn. */
function enter(line: WaitingLine<number>, waiters: Readonly<Record<string, WaitOptions>>): string[] {
  const order: string[] = [];
  for (const [name, options] of Object.entries(waiters))
    void line.wait(options).then((turn) => order.push(`${name}${turn}`));
  return order;
}

test("WaitingLine admits tasks in the order of their arrival", async () => {
  const line = new WaitingLine<number>({ capacity: 3, queueTimeout: 1_000 });
  const order = enter(line, { a: {}, b: {}, c: {} });
  for (const turn of [1, 2, 3]) expect(line.admit(turn)).toEqual({ isHeavy: false, memory: 0 });
  expect(line.admit(4)).toBeNull();
  await Promise.resolve();
  expect(order).toEqual(["a1", "b2", "c3"]);
  expect(line.length).toBe(0);
});

test("WaitingLine rejects tasks immediately when it is full", async () => {
  const line = new WaitingLine<number>({ capacity: 1, queueTimeout: 1_000 });
  const first = line.wait();
  await expect(line.wait()).rejects.toMatchObject({ code: "busy", details: { retryAfter: 1 } });
  line.admit(1);
  expect(await first).toBe(1);
});

test("WaitingLine rejects immediately a task that would exceed its limit, with the delay before a retry", async () => {
  const line = new WaitingLine<number>({ capacity: 100, queueTimeout: 2_000, workers: 2 });
  const dear = line.wait({ cost: 3_000 });
  const other = line.wait({ cost: 1_500 });
  await expect(line.wait()).rejects.toMatchObject({ code: "busy", details: { retryAfter: 3 } });
  line.admit(1);
  await dear;
  const cheap = line.wait();
  line.admit(2);
  line.admit(3);
  expect(await Promise.all([other, cheap])).toEqual([2, 3]);
  expect(line.length).toBe(0);
});

test("WaitingLine lets bulk tasks wait behind all others, and longer", async () => {
  const line = new WaitingLine<number>({ capacity: 2, queueTimeout: 1_000, bulkQueueTimeout: 30_000 });
  const bulk = { priority: "bulk", cost: 5_000 } as const;
  const order = enter(line, { a: bulk, b: bulk, c: { cost: 900 }, d: {} });
  await expect(line.wait(bulk)).rejects.toMatchObject({ code: "busy" });
  for (const turn of [1, 2, 3, 4]) line.admit(turn);
  await Promise.resolve();
  expect(order).toEqual(["c1", "d2", "a3", "b4"]);
});

test("WaitingLine admits bulk tasks by rank, and does not count those of a lower rank", async () => {
  const line = new WaitingLine<number>({ capacity: 9, queueTimeout: 1_000, bulkQueueTimeout: 2_000 });
  const ranked = (rank: number) => ({ priority: "bulk", rank, cost: 1_500 }) as const;
  const order = enter(line, { a: ranked(0), b: ranked(0), c: ranked(1), d: { priority: "bulk" }, e: {} });
  await expect(line.wait(ranked(0))).rejects.toMatchObject({ code: "busy" });
  for (const turn of [1, 2, 3, 4, 5]) line.admit(turn);
  await Promise.resolve();
  expect(order).toEqual(["e1", "d2", "c3", "a4", "b5"]);
});

test("WaitingLine lets light tasks pass heavy ones that cannot begin", async () => {
  const line = new WaitingLine<number>({ capacity: 9, queueTimeout: 1_000, workers: 2, heavyWorkers: 1 });
  const heavy = { isHeavy: true, cost: 600 };
  const order = enter(line, { a: heavy, b: heavy, c: {}, d: { priority: "bulk" } });
  // Two workers could do a and b in time; the only one for heavy work cannot also do a third.
  await expect(line.wait(heavy)).rejects.toMatchObject({ code: "busy", details: { retryAfter: 2 } });
  expect(line.admit(1, { hasHeavyPlace: false })).toEqual({ isHeavy: false, memory: 0 });
  expect(line.admit(2, { hasHeavyPlace: true })).toEqual({ isHeavy: true, memory: 0 });
  expect(line.admit(3, { hasHeavyPlace: false })).toEqual({ isHeavy: false, memory: 0 });
  expect(line.admit(4, { hasHeavyPlace: false })).toBeNull();
  expect(line.admit(5)).toEqual({ isHeavy: true, memory: 0 });
  await Promise.resolve();
  expect(order).toEqual(["c1", "a2", "d3", "b5"]);
});

test("WaitingLine removes tasks that have waited too long or whose caller has left", async () => {
  const line = new WaitingLine<number>({ capacity: 3, queueTimeout: 20 });
  const controller = new AbortController();
  const leaving = line.wait({ signal: controller.signal });
  controller.abort();
  await expect(leaving).rejects.toMatchObject({ code: "cancelled" });
  await expect(line.wait({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  await expect(line.wait()).rejects.toMatchObject({ code: "busy" });
  expect(line.length).toBe(0);
  expect(line.admit(1)).toBeNull();
});

test("WaitingLine.dismiss() rejects all waiting tasks", async () => {
  const line = new WaitingLine<number>({ capacity: 3, queueTimeout: 1_000 });
  const waits = [line.wait(), line.wait({ priority: "bulk" })];
  line.dismiss(new Error("closed"));
  for (const wait of waits) await expect(wait).rejects.toThrow("closed");
});
