import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TokenBuckets } from "./token_buckets.ts";

/** Returns buckets of ten tokens that get one each 100 ms, and their clock. */
function bucketsAt(now = 0, keys = 100) {
  const clock = { now };
  return {
    clock,
    buckets: new TokenBuckets({ perMillisecond: 0.01, capacity: 10 }, { keys, now: () => clock.now }),
  };
}

describe("TokenBuckets", () => {
  test("fills a bucket while time passes, and never beyond its capacity", () => {
    const { clock, buckets } = bucketsAt(5_000);
    expect(buckets.level("a")).toBe(10);
    buckets.take("a", 10);
    expect(buckets.level("a")).toBe(0);
    clock.now += 350;
    expect(buckets.level("a")).toBeCloseTo(3.5);
    clock.now += 60_000;
    expect(buckets.level("a")).toBe(10);
  });

  test("keeps the buckets of keys apart", () => {
    const { buckets } = bucketsAt();
    buckets.take("a", 4);
    expect([buckets.level("a"), buckets.level("b")]).toEqual([6, 10]);
  });

  test("goes below zero, and says when a level is reached", () => {
    const { clock, buckets } = bucketsAt();
    buckets.take("a", 30);
    expect(buckets.level("a")).toBeCloseTo(-20);
    expect(buckets.untilLevel("a", 1)).toBeCloseTo(2_100);
    clock.now += 2_100;
    expect(buckets.level("a")).toBeCloseTo(1);
    expect(buckets.untilLevel("a", 1)).toBe(0);
  });

  test("forgets the least recently used bucket if there are too many", () => {
    const { buckets } = bucketsAt(0, 2);
    for (const key of ["a", "b"]) buckets.take(key, 5);
    buckets.take("a", 1);
    buckets.take("c", 5);
    expect(["a", "b", "c"].map((key) => buckets.level(key))).toEqual([4, 10, 5]);
  });

  test("never gives more than its capacity and what time has brought", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 });
    fc.assert(
      fc.property(pauses, (milliseconds) => {
        const { clock, buckets } = bucketsAt();
        let taken = 0;
        for (const pause of milliseconds) {
          clock.now += pause;
          if (buckets.level("a") < 1) continue;
          buckets.take("a", 1);
          taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(10 + clock.now * 0.01 + 1e-6);
      }),
    );
  });
});
