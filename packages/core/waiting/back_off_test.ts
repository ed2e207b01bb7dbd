import { expect, test } from "bun:test";
import { backOff } from "./back_off.ts";

test("backOff() doubles the delay with each failure, up to the longest, and is 0 without a failure", () => {
  const delays = [0, 1, 2, 3, 4, 9, 2_000].map((failures) =>
    backOff(failures, { first: 250, longest: 1_500 }),
  );
  expect(delays).toEqual([0, 250, 500, 1_000, 1_500, 1_500, 1_500]);
  expect(backOff(3, { first: 5_000, factor: 3 })).toBe(45_000);
});

test("backOff() leaves a share of the delay to chance, and never exceeds the longest", () => {
  const delays = Array.from({ length: 1_000 }, () => backOff(5, { first: 100, longest: 800, jitter: 0.5 }));
  expect(Math.max(...delays)).toBeLessThanOrEqual(800);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(400);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(200);
});
