import { describe, expect, test } from "bun:test";
import { aimOf, type GravityWish } from "./gravity.ts";

function aim(wish: Partial<GravityWish>) {
  return aimOf({ gravity: "center", focalX: undefined, focalY: undefined, ...wish });
}

describe("aimOf()", () => {
  test("follows the compass", () => {
    expect(aim({})).toEqual({ kind: "point", x: 0.5, y: 0.5 });
    expect(aim({ gravity: "north" })).toEqual({ kind: "point", x: 0.5, y: 0 });
    expect(aim({ gravity: "southwest" })).toEqual({ kind: "point", x: 0, y: 1 });
    expect(aim({ gravity: "east" })).toEqual({ kind: "point", x: 1, y: 0.5 });
  });
  test("lets the pixels decide", () =>
    expect(aim({ gravity: "entropy" })).toEqual({ kind: "strategy", strategy: "entropy" }));
  test("takes a focal point before any gravity", () => {
    expect(aim({ gravity: "north", focalX: 0.1, focalY: 0.9 })).toEqual({ kind: "point", x: 0.1, y: 0.9 });
    expect(aim({ gravity: "attention", focalX: 0 })).toEqual({ kind: "point", x: 0, y: 0.5 });
  });
  test("takes the centre if there is no focal point", () =>
    expect(aim({ gravity: "focal" })).toEqual({ kind: "point", x: 0.5, y: 0.5 }));
});
