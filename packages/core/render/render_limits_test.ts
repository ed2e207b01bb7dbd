import { describe, expect, test } from "bun:test";
import { startPool } from "./testing_pool.ts";

const TOO_COSTLY = { name: "ProgImageError", code: "too_costly" };
const BUSY = { name: "ProgImageError", code: "busy", details: { retryAfter: 1 } };

describe("ProcessPoolRenderer, with work that takes too much,", () => {
  test("refuses a recipe that has used up its CPU time without another try, and no other of its source", async () => {
    await using test = await startPool({ renderDeadline: 500 });
    const { pool, job, troubles } = test;
    const loop = job("loop", { source: "a source" });
    await expect(pool.render(loop)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("CPU time"),
    });
    await expect(pool.render(loop)).rejects.toMatchObject({
      ...TOO_COSTLY,
      message: expect.stringContaining("CPU time"),
    });
    expect(troubles).toHaveLength(1);
    expect(troubles[0]?.message).toContain("cpu");
    expect((await pool.render(job("nothing", { source: "a source" }))).width).toBe(20);
  });

  test("answers busy, and remembers nothing, for work that does not get ahead but uses no CPU time", async () => {
    await using test = await startPool({ renderDeadline: 150 });
    const { pool, job, troubles } = test;
    const hang = job("hang");
    for (const _ of [1, 2, 3]) await expect(pool.render(hang)).rejects.toMatchObject(BUSY);
    expect(troubles.map(({ message }) => message)).toEqual(Array(3).fill(expect.stringContaining("stuck")));
  });
});
