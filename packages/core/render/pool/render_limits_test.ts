import { describe, expect, test } from "bun:test";
import { ABANDONED_MILLISECONDS } from "./abandoned_render.ts";
import { MOST_CHARACTERS } from "./child_output.ts";
import { costlySvg } from "../costly_svg_fixture.ts";
import { RESERVED_BYTES, SLEEP_MILLISECONDS } from "./testing_plugin.ts";
import { startPool } from "./testing_pool.ts";
import { until } from "../../testing/testing_until.ts";

const TOO_COSTLY = { name: "ProgImageError", code: "too_costly" };
const BUSY = { name: "ProgImageError", code: "busy", details: { retryAfter: 1 } };

describe("ProcessPoolRenderer, with work that takes too much,", () => {
  test("rejects a recipe that has used up its CPU time without another try, but no other recipe of its source", async () => {
    await using test = await startPool({ renderDeadline: 500 });
    const { pool, job, faults } = test;
    const loop = job("loop", { source: "a source" });
    await expect(pool.render(loop)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("CPU time"),
    });
    await expect(pool.render(loop)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("CPU time"),
    });
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toContain("cpu");
    expect((await pool.render(job("nothing", { source: "a source" }))).width).toBe(20);
  });

  test("rejects all recipes of a source after decoding it alone has used up the CPU time of a render", async () => {
    await using test = await startPool({ renderDeadline: 300 });
    const { pool, job, faults, write } = test;
    const input = await write("costly.svg", costlySvg(1_000));
    const costly = () => job("nothing", { input, source: "costly", format: "webp" });
    await expect(pool.render(costly())).rejects.toMatchObject(TOO_COSTLY);
    await until("decoding alone was tried and ended", () => faults.length === 2);
    await expect(pool.render(costly())).rejects.toMatchObject(TOO_COSTLY);
    expect(faults).toHaveLength(2);
    expect((await pool.render(job("nothing", { source: "other" }))).width).toBe(20);
  });

  test("rejects an upload that is too expensive at its own size, and accepts a smaller one", async () => {
    await using test = await startPool({ probeDeadline: 300 });
    const { pool, write } = test;
    const costly = await write("costly.svg", costlySvg(1_000));
    await expect(pool.probe(costly)).rejects.toMatchObject(TOO_COSTLY);
    expect((await pool.probe(await write("small.svg", costlySvg(50)))).width).toBe(50);
  });

  test("reports busy, and records no failure, for work that makes no progress without using CPU time", async () => {
    await using test = await startPool({ renderDeadline: 150 });
    const { pool, job, faults } = test;
    const hang = job("hang");
    for (const _ of [1, 2, 3]) await expect(pool.render(hang)).rejects.toMatchObject(BUSY);
    expect(faults.map(({ message }) => message)).toEqual(Array(3).fill(expect.stringContaining("stuck")));
  });

  test("rejects work that takes too much memory, and records it at the first time", async () => {
    await using test = await startPool({ memoryLimit: 2 ** 30 });
    const { pool, job, faults } = test;
    const eat = job("eat");
    await expect(pool.render(eat)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("memory"),
    });
    await expect(pool.render(eat)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("memory"),
    });
    expect(faults).toHaveLength(1);
  });

  test("counts resident memory, not allocated memory", async () => {
    await using test = await startPool({ memoryLimit: 2 ** 30 });
    expect(RESERVED_BYTES).toBeGreaterThan(2 ** 30);
    expect((await test.pool.render(test.job("reserve"))).width).toBe(20);
  });

  test("reports a crash for lack of memory as such, and records it", async () => {
    await using test = await startPool();
    const { pool, job, faults } = test;
    const starve = job("starve");
    await expect(pool.render(starve)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("memory"),
    });
    await expect(pool.render(starve)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("memory"),
    });
    expect(faults).toMatchObject([{ message: expect.stringContaining("memory") }]);
  });

  test("rejects without a try work that takes too much CPU time for any picture", async () => {
    await using test = await startPool({ renderDeadline: 1_000 });
    const { pool, job } = test;
    await expect(pool.render(job("nothing"), { leastCost: 1_001 })).rejects.toMatchObject(TOO_COSTLY);
    expect((await pool.render(job("nothing"), { cost: 100_000, leastCost: 1_000 })).width).toBe(20);
  });

  test("rejects without a try work that exceeds the memory for renders, and queues work that does not", async () => {
    await using test = await startPool({ renderProcesses: 3, totalMemory: 1_000 });
    const { pool, job } = test;
    await expect(pool.render(job("nothing"), { memory: 1_001 })).rejects.toMatchObject({
      ...TOO_COSTLY,
      details: { limit: 1_000 },
    });
    const done: string[] = [];
    const render = (name: string, act: string, memory: number) =>
      pool.render(job(act), { memory }).then(() => done.push(name));
    await Promise.all([
      render("large", "sleep", 600),
      render("second large", "nothing", 500),
      render("small", "nothing", 400),
    ]);
    expect(done).toEqual(["small", "large", "second large"]);
  });

  test("lets a render that needs all of the memory run alone", async () => {
    await using test = await startPool({ renderProcesses: 2, totalMemory: 100, largestMemory: 200 });
    const { pool, job } = test;
    const done: string[] = [];
    const render = (name: string, act: string, memory: number) =>
      pool.render(job(act), { memory }).then(() => done.push(name));
    // Waits until both processes are running.
    await Promise.all([pool.render(job("sleep")), pool.render(job("sleep"))]);
    await Promise.all([render("usual", "sleep", 10), render("large", "nothing", 200)]);
    expect(done).toEqual(["usual", "large"]);
    await expect(pool.render(job("nothing"), { memory: 201 })).rejects.toMatchObject(TOO_COSTLY);
    const unprobed = job("nothing", { isUnprobed: true });
    expect((await pool.render(unprobed, { memory: 201 })).width).toBe(20);
  });
});

describe("ProcessPoolRenderer, when the last caller has left,", () => {
  test("ends the render soon if other tasks wait", async () => {
    await using test = await startPool();
    const { pool, job, faults } = test;
    const caller = new AbortController();
    const begun = Promise.withResolvers<void>();
    const abandoned = pool.render(job("hang"), { signal: caller.signal, onStart: begun.resolve });
    await begun.promise;
    const waiting = pool.render(job("nothing"));
    caller.abort();
    await expect(abandoned).rejects.toMatchObject({ code: "cancelled" });
    expect((await waiting).width).toBe(20);
    expect(faults).toMatchObject([{ message: expect.stringContaining("abandoned") }]);
  });

  test("finishes the render if no other task waits", async () => {
    await using test = await startPool();
    const { pool, job, faults } = test;
    const caller = new AbortController();
    const kept = job("sleep");
    expect(SLEEP_MILLISECONDS).toBeGreaterThan(ABANDONED_MILLISECONDS);
    const begun = Promise.withResolvers<void>();
    const abandoned = pool.render(kept, { signal: caller.signal, onStart: begun.resolve });
    await begun.promise;
    caller.abort();
    expect((await abandoned).width).toBe(20);
    expect(await Bun.file(kept.output).exists()).toBe(true);
    expect(faults).toEqual([]);
  });
});

test("ProcessPoolRenderer reports the output of a process as one entry of limited length, with the caller of the task", async () => {
  let caller = "first caller";
  await using test = await startPool({ callerOf: () => caller });
  const { pool, job, outputs } = test;
  await pool.render(job("chat"));
  caller = "second caller";
  await pool.render(job("nothing"));
  await until("the words of the process have come", () => outputs.length > 0);
  expect(outputs).toHaveLength(1);
  const [{ text = "", caller: heard } = {}] = outputs;
  expect(heard).toBe("first caller");
  expect(text).toStartWith("a line of many\n");
  expect(text).toEndWith("more characters)");
  expect(text.length).toBeLessThan(MOST_CHARACTERS + 100);
});
