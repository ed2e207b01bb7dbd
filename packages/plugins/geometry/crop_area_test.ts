import { describe, expect, test } from "bun:test";
import { cropArea, type CropWish } from "./crop_area.ts";

function area(wish: Partial<CropWish>) {
  const all = {
    width: undefined,
    height: undefined,
    x: undefined,
    y: undefined,
    gravity: "center" as const,
    ...wish,
  };
  const { left, top, width, height } = cropArea({ width: 100, height: 60 }, all);
  return [left, top, width, height];
}

describe("cropArea()", () => {
  test("takes the middle", () => expect(area({ width: 50, height: 20 })).toEqual([25, 20, 50, 20]));
  test("takes a side", () =>
    expect(area({ width: 50, height: 20, gravity: "west" })).toEqual([0, 20, 50, 20]));
  test("takes a corner", () =>
    expect(area({ width: 50, height: 20, gravity: "southeast" })).toEqual([50, 40, 50, 20]));
  test("begins where told", () =>
    expect(area({ x: 10, y: 5, width: 50, height: 20 })).toEqual([10, 5, 50, 20]));
  test("reaches to the edge", () => expect(area({ x: 10 })).toEqual([10, 0, 90, 60]));
  test("is cut to the image", () => {
    expect(area({ x: -10, y: 50, width: 30, height: 30 })).toEqual([0, 50, 20, 10]);
    expect(area({ width: 500, height: 500 })).toEqual([0, 0, 100, 60]);
  });

  test.each([{ x: 100 }, { y: 60 }, { x: -30, width: 30 }, { y: -5, height: 5 }])(
    "refuses %o, which lies outside",
    (wish) => {
      expect(() => area(wish)).toThrow(expect.objectContaining({ code: "invalid_parameter" }));
    },
  );
});
