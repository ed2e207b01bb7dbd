import { expect, test } from "bun:test";
import { latencyOf, median, medianLatency, percentile, rounded, slope } from "./statistics.ts";

test("median gives the middle, between the two middle ones of an even number", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("percentile gives the ends and what lies between two figures", () => {
  const figures = Array.from({ length: 101 }, (_, index) => 100 - index);
  expect(percentile(figures, 0)).toBe(0);
  expect(percentile(figures, 99)).toBe(99);
  expect(percentile(figures, 99.5)).toBeCloseTo(99.5);
  expect(percentile(figures, 100)).toBe(100);
});

test("rounded keeps three digits", () => {
  expect(rounded(1234.5)).toBe(1230);
  expect(rounded(0.98765)).toBe(0.988);
});

test("slope finds a line in spite of noise around it", () => {
  const points = Array.from({ length: 100 }, (_, x) => [x, 5 + 0.25 * x + (x % 2 ? 1 : -1)] as const);
  expect(slope(points)).toBeCloseTo(0.25, 2);
});

test("latencyOf and medianLatency look at each percentile by itself", () => {
  const one = latencyOf([1, 1, 1, 1, 9]);
  expect(one.p50).toBe(1);
  expect(one.p999).toBeGreaterThan(8.9);
  const all = medianLatency([one, { p50: 2, p90: 2, p99: 2, p999: 2 }, { p50: 3, p90: 3, p99: 3, p999: 3 }]);
  expect(all).toEqual({ p50: 2, p90: 3, p99: 3, p999: 3 });
});
