import { describe, expect, test } from "bun:test";
import { cornerRadii } from "./corner_radii.ts";

describe("cornerRadii()", () => {
  test("gives pixels, a tenth and a half of the short side", () => {
    expect(cornerRadii({ width: 400, height: 300 }, { radius: 12 })).toEqual([12, 12, 12, 12]);
    expect(cornerRadii({ width: 400, height: 300 }, { radius: "auto" })).toEqual([30, 30, 30, 30]);
    expect(cornerRadii({ width: 400, height: 300 }, { radius: "max" })).toEqual([150, 150, 150, 150]);
  });

  test("gives a corner its own radius, clockwise from the top left", () => {
    const wish = { radius: 1, topLeft: 2, topRight: 3, bottomRight: 4, bottomLeft: 0 };
    expect(cornerRadii({ width: 400, height: 300 }, wish)).toEqual([2, 3, 4, 0]);
  });

  test("shrinks all by one factor if two do not fit on a side", () => {
    expect(cornerRadii({ width: 100, height: 60 }, { radius: 120 })).toEqual([30, 30, 30, 30]);
    const wish = { radius: 0, topLeft: 100, topRight: 100, bottomLeft: 20 };
    expect(cornerRadii({ width: 100, height: 400 }, wish)).toEqual([50, 50, 0, 10]);
  });
});
