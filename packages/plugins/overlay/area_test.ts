import { describe, expect, test } from "bun:test";
import { enclosing, pixelsWithin, turnedArea, turnedSize, widen } from "./area.ts";

describe("turnedArea()", () => {
  const area = { left: 2, top: 1, width: 4, height: 2 };

  test("swaps the sides in a quarter turn around the centre", () => {
    expect(turnedArea(area, { center: { left: 4, top: 2 }, angle: 90 })).toEqual({
      left: 3,
      top: 0,
      width: 2,
      height: 4,
    });
  });

  test("moves an area beside the centre clockwise", () => {
    expect(turnedArea(area, { center: { left: 0, top: 0 }, angle: 90 })).toEqual({
      left: -3,
      top: 2,
      width: 2,
      height: 4,
    });
  });

  test("and the way back enclose the area", () => {
    const turn = { center: { left: 3, top: 9 }, angle: 33 };
    const back = turnedArea(turnedArea(area, turn), { ...turn, angle: -33 });
    for (const side of ["left", "top", "width", "height"] as const) {
      expect(enclosing(back, area)[side]).toBeCloseTo(back[side], 9);
    }
  });
});

describe("turnedSize()", () => {
  test("is the diagonal of a square turned by 45 degrees", () => {
    expect(turnedSize({ width: 100, height: 100 }, 45)).toEqual({ width: 141, height: 141 });
  });

  test("is at least one pixel", () => {
    expect(turnedSize({ width: 1, height: 1 }, 0.1)).toEqual({ width: 1, height: 1 });
  });
});

describe("pixelsWithin()", () => {
  test("counts from the area and takes pixels that are partly inside", () => {
    const area = { left: -2.5, top: 10, width: 8, height: 4 };
    expect(pixelsWithin(area, { left: 0, top: 0, width: 3, height: 12 })).toEqual({
      left: 2,
      top: 0,
      width: 4,
      height: 2,
    });
  });

  test("has no width if the areas do not overlap", () => {
    const area = { left: 20, top: 0, width: 8, height: 4 };
    expect(pixelsWithin(area, widen({ left: 5, top: 5, width: 0, height: 0 }, 5)).width).toBe(0);
  });
});
