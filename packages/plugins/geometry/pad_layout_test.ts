import { describe, expect, test } from "bun:test";
import { padLayout, type PadWish } from "./pad_layout.ts";

function layout(wish: Partial<PadWish>) {
  const none = { all: undefined, top: undefined, right: undefined, bottom: undefined, left: undefined };
  const { canvas, left, top } = padLayout(
    { width: 100, height: 60 },
    { ...none, width: undefined, height: undefined, aspect: undefined, gravity: "center", ...wish },
  );
  return [left, top, canvas.width, canvas.height];
}

describe("padLayout()", () => {
  test("adds borders", () => {
    expect(layout({ all: 10 })).toEqual([10, 10, 120, 80]);
    expect(layout({ all: 10, top: 0, left: 3 })).toEqual([3, 0, 113, 70]);
    expect(layout({ right: 5 })).toEqual([0, 0, 105, 60]);
    expect(layout({ all: 0 })).toEqual([0, 0, 100, 60]);
  });
  test("fills a canvas", () => {
    expect(layout({ width: 151, height: 80 })).toEqual([26, 10, 151, 80]);
    expect(layout({ width: 150, gravity: "west" })).toEqual([0, 0, 150, 60]);
    expect(layout({ height: 100, gravity: "southeast" })).toEqual([0, 40, 100, 100]);
  });
  test("cuts nothing off an image that is larger than the canvas", () => {
    expect(layout({ width: 20, height: 20 })).toEqual([0, 0, 100, 60]);
    expect(layout({ width: 20, height: 80 })).toEqual([0, 10, 100, 80]);
  });
  test("gives the canvas its proportions", () => {
    expect(layout({ aspect: 1 })).toEqual([0, 20, 100, 100]);
    expect(layout({ aspect: 2, gravity: "east" })).toEqual([20, 0, 120, 60]);
    expect(layout({ aspect: 2, width: 400 })).toEqual([150, 70, 400, 200]);
    expect(layout({ aspect: 1, width: 110, height: 150 })).toEqual([25, 45, 150, 150]);
  });
});
