import { describe, expect, test } from "bun:test";
import { resizeLayout, type ResizeWish } from "./resize_layout.ts";

const PHOTO = { width: 400, height: 300 };

function layout(wish: Partial<ResizeWish>, input = PHOTO) {
  const { scaled, result } = resizeLayout(input, {
    width: undefined,
    height: undefined,
    fit: "inside",
    enlarge: false,
    dpr: 1,
    ...wish,
  });
  return [scaled.width, scaled.height, result.width, result.height];
}

describe("resizeLayout()", () => {
  test("fits inside", () => expect(layout({ width: 200, height: 200 })).toEqual([200, 150, 200, 150]));
  test("reaches outside", () =>
    expect(layout({ width: 200, height: 200, fit: "outside" })).toEqual([267, 200, 267, 200]));
  test("covers and cuts", () =>
    expect(layout({ width: 200, height: 200, fit: "cover" })).toEqual([267, 200, 200, 200]));
  test("contains and pads", () =>
    expect(layout({ width: 200, height: 200, fit: "contain" })).toEqual([200, 150, 200, 200]));
  test("fills", () => expect(layout({ width: 200, height: 200, fit: "fill" })).toEqual([200, 200, 200, 200]));

  test.each(["inside", "outside", "cover", "contain", "fill"] as const)(
    "derives the side that is not given for %s",
    (fit) => {
      expect(layout({ width: 100, fit })).toEqual([100, 75, 100, 75]);
      expect(layout({ height: 100, fit })).toEqual([133, 100, 133, 100]);
    },
  );

  test("does not let small images grow", () => {
    const wish = { width: 800, height: 100 };
    expect(layout({ ...wish, fit: "outside" })).toEqual([400, 300, 400, 300]);
    expect(layout({ ...wish, fit: "cover" })).toEqual([400, 300, 400, 100]);
    expect(layout({ ...wish, fit: "fill" })).toEqual([400, 100, 400, 100]);
    expect(layout({ width: 800, height: 700, fit: "inside" })).toEqual([400, 300, 400, 300]);
    expect(layout({ width: 800, height: 700, fit: "contain" })).toEqual([400, 300, 800, 700]);
  });

  test("lets them grow with enlarge", () => {
    expect(layout({ width: 800, height: 700, enlarge: true })).toEqual([800, 600, 800, 600]);
    expect(layout({ width: 800, height: 700, fit: "cover", enlarge: true })).toEqual([933, 700, 800, 700]);
  });

  test("multiplies by dpr", () =>
    expect(layout({ width: 50, height: 50, dpr: 2 })).toEqual([100, 75, 100, 75]));
  test("leaves at least one pixel", () => {
    expect(layout({ width: 1 }, { width: 1000, height: 3 })).toEqual([1, 1, 1, 1]);
  });

  test("reaches the least sides, also by growing", () => {
    expect(layout({ width: 100, minHeight: 150 })).toEqual([200, 150, 200, 150]);
    expect(layout({ width: 100, minWidth: 80, minHeight: 60 })).toEqual([100, 75, 100, 75]);
    expect(layout({ minWidth: 800 })).toEqual([800, 600, 800, 600]);
    expect(layout({ minWidth: 80, dpr: 8 })).toEqual([640, 480, 640, 480]);
  });
});
