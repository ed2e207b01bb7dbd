import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TokenBuckets } from "./token_buckets.ts";

const RATE = { perMillisecond: 0.01, capacity: 10 };

/** Returns buckets of ten tokens that get one each 100 ms, and their clock. */
function bucketsAt(now = 0, keys = 100) {
  const clock = { now };
  const buckets = new TokenBuckets({ keys, now: () => clock.now });
  const level = (key: string) => buckets.level(key, RATE);
  const take = (key: string, tokens: number) => buckets.take(key, tokens, RATE);
  return { clock, level, take };
}

describe("TokenBuckets", () => {
  test("fills a bucket while time passes, and never beyond its capacity", () => {
    const { clock, level, take } = bucketsAt(5_000);
    expect(level("a")).toBe(10);
    take("a", 10);
    expect(level("a")).toBe(0);
    clock.now += 350;
    expect(level("a")).toBeCloseTo(3.5);
    clock.now += 60_000;
    expect(level("a")).toBe(10);
  });

  test("keeps the buckets of keys apart", () => {
    const { level, take } = bucketsAt();
    take("a", 4);
    expect([level("a"), level("b")]).toEqual([6, 10]);
  });

  test("goes below zero, and comes back in time", () => {
    const { clock, level, take } = bucketsAt();
    take("a", 30);
    expect(level("a")).toBeCloseTo(-20);
    clock.now += 2_100;
    expect(level("a")).toBeCloseTo(1);
  });

  test("forgets the least recently used bucket if there are too many", () => {
    const { level, take } = bucketsAt(0, 2);
    for (const key of ["a", "b"]) take(key, 5);
    take("a", 1);
    take("c", 5);
    expect(["a", "b", "c"].map((key) => level(key))).toEqual([4, 10, 5]);
  });

  test("never gives more than its capacity and what time has brought", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 });
    fc.assert(
      fc.property(pauses, (milliseconds) => {
        const { clock, level, take } = bucketsAt();
        let taken = 0;
        for (const pause of milliseconds) {
          clock.now += pause;
          if (level("a") < 1) continue;
          take("a", 1);
          taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(10 + clock.now * 0.01 + 1e-6);
      }),
    );
  });
});
