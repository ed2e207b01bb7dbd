import { expect, test } from "bun:test";
import { Pace } from "./pace.ts";

test("Pace.expect() returns the prediction until it has learnt another pace, separately for each kind", () => {
  const pace = new Pace();
  expect(pace.expect("avif", 100)).toBe(100);
  for (let count = 0; count < 100; count++) pace.learn("avif", 100, 300);
  expect(pace.expect("avif", 50)).toBeCloseTo(150, 0);
  expect(pace.expect("jpeg", 50)).toBe(50);
});

test("Pace.learn() changes little after a single outlier", () => {
  const pace = new Pace();
  pace.learn("jpeg", 10, 1_000_000);
  expect(pace.expect("jpeg", 10)).toBeLessThan(30);
  pace.learn("jpeg", 0, 1_000);
  pace.learn("png", 10, 0);
  expect(pace.expect("png", 10)).toBeGreaterThan(9);
});
