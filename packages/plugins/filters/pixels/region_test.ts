import { describe, expect, test } from "bun:test";
import { regionOf, type RegionWish } from "./region.ts";

function region(wish: Partial<RegionWish>) {
  const whole = { x: 0, y: 0, width: undefined, height: undefined };
  const { left, top, width, height } = regionOf({ width: 200, height: 50 }, { ...whole, ...wish });
  return [left, top, width, height];
}

describe("regionOf()", () => {
  test("is the whole image", () => expect(region({})).toEqual([0, 0, 200, 50]));
  test("reaches to the edge", () => expect(region({ x: 30, y: 10 })).toEqual([30, 10, 170, 40]));
  test("is a box", () => expect(region({ x: 30, y: 10, width: 20, height: 5 })).toEqual([30, 10, 20, 5]));
  test("is cut to the image", () =>
    expect(region({ x: -5, y: 40, width: 20, height: 50 })).toEqual([0, 40, 15, 10]));
  test("reads per cent", () =>
    expect(region({ x: "25pct", y: "10pct", width: "50pct", height: "60pct" })).toEqual([50, 5, 100, 30]));

  test.each([{ x: 200 }, { y: 50 }, { x: -30, width: 30 }, { width: 0 }, { x: "100pct" as const }])(
    "refuses %o, which has no pixel",
    (wish) => {
      expect(() => region(wish)).toThrow(expect.objectContaining({ code: "invalid_parameter" }));
    },
  );
});
