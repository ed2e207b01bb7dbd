import { describe, expect, test } from "bun:test";
import { enlargeCoverage } from "./enlarge_coverage.ts";

describe("enlargeCoverage()", () => {
  const row = (...values: number[]) => ({ width: values.length, height: 1, values: Uint8Array.from(values) });

  test("agrees with cubic convolution by hand", () => {
    // At a quarter of the distance, the weights are -9/128, 111/128, 29/128 and -3/128.
    const { values } = enlargeCoverage(row(40, 80, 160, 200), { width: 8, height: 1 });
    const quarter = (-9 * 40 + 111 * 80 + 29 * 160 - 3 * 200) / 128;
    expect(values[3]).toBe(Math.round(quarter));
    expect(values[4]).toBe(Math.round((-9 * 200 + 111 * 160 + 29 * 80 - 3 * 40) / 128));
  });

  test("turns a ramp into a ramp with the same centre", () => {
    const small = row(...Array.from({ length: 10 }, (_, x) => 20 + 20 * x));
    const { values } = enlargeCoverage(small, { width: 70, height: 1 });
    for (let x = 14; x < 56; x++)
      expect(Math.abs((values[x] ?? 0) - (20 + 20 * ((x + 0.5) / 7 - 0.5)))).toBeLessThanOrEqual(0.5);
  });

  test("treats columns like rows", () => {
    const values = Uint8Array.from([3, 250, 90, 17, 60]);
    const across = enlargeCoverage({ width: 5, height: 1, values }, { width: 17, height: 1 });
    const down = enlargeCoverage({ width: 1, height: 5, values }, { width: 1, height: 17 });
    expect(down.values).toEqual(across.values);
    expect(down).toMatchObject({ width: 1, height: 17 });
  });

  test("clamps values at hard edges, and repeats a single pixel", () => {
    const edge = enlargeCoverage(row(0, 0, 255, 255), { width: 40, height: 3 });
    expect(edge.values.length).toBe(120);
    expect([...edge.values.subarray(0, 10), ...edge.values.subarray(30, 40)]).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(10).fill(255),
    ]);
    expect([...enlargeCoverage(row(77), { width: 3, height: 2 }).values]).toEqual(Array(6).fill(77));
  });
});
