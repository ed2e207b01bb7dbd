import { expect, test } from "bun:test";
import { DurationEstimate } from "./duration_estimate.ts";

test("DurationEstimate.expect() returns the prediction until it has learnt another estimate, separately for each kind", () => {
  const estimate = new DurationEstimate();
  expect(estimate.expect("avif", 100)).toBe(100);
  for (let count = 0; count < 100; count++) estimate.learn("avif", 100, 300);
  expect(estimate.expect("avif", 50)).toBeCloseTo(150, 0);
  expect(estimate.expect("jpeg", 50)).toBe(50);
});

test("DurationEstimate.learn() changes little after a single outlier", () => {
  const estimate = new DurationEstimate();
  estimate.learn("jpeg", 10, 1_000_000);
  expect(estimate.expect("jpeg", 10)).toBeLessThan(30);
  estimate.learn("jpeg", 0, 1_000);
  estimate.learn("png", 10, 0);
  expect(estimate.expect("png", 10)).toBeGreaterThan(9);
});
