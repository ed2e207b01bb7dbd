import { describe, expect, test } from "bun:test";
import { type Anchor, canvasPosition, checkAnchor, cutPosition } from "./anchor.ts";

const WHOLE = { width: 100, height: 60 };
const BOX = { width: 40, height: 20 };

describe("cutPosition()", () => {
  const cases: readonly (readonly [Anchor, left: number, top: number])[] = [
    [{ gravity: "center" }, 30, 20],
    [{ gravity: "northwest", offsetX: 7, offsetY: 3 }, 7, 3],
    [{ gravity: "southeast", offsetX: 7, offsetY: "10pct" }, 53, 34],
    [{ gravity: "center", offsetX: -10, offsetY: 5 }, 20, 25],
    [{ gravity: "east", offsetX: -500, offsetY: -500 }, 60, 0],
    [{ gravity: "focal" }, 30, 20],
    [{ gravity: "center", focalX: 0.4, focalY: 0.5 }, 20, 20],
    [{ gravity: "center", focalX: 1, focalY: 0 }, 60, 0],
    [{ gravity: "focal", focalX: 0.4, focalY: 0.5, offsetX: 5 }, 25, 20],
  ];
  test.each(cases)("%j begins at %d, %d", (anchor, left, top) => {
    expect(cutPosition(WHOLE, BOX, anchor)).toEqual({ left, top });
  });
});

describe("canvasPosition()", () => {
  test.each([
    [{ gravity: "southeast", offsetX: 7, offsetY: 3 }, 53, 37],
    [{ gravity: "focal", focalX: 0, focalY: 1 }, 50, 10],
    [{ gravity: "focal", focalX: 0.5, focalY: 0.5, offsetX: 1000 }, 60, 20],
  ] as const)("%j begins at %d, %d", (anchor, left, top) => {
    expect(canvasPosition(WHOLE, BOX, anchor)).toEqual({ left, top });
  });
});

test("checkAnchor() rejects offsets of a position that depends on the pixels", () => {
  const anchor = { gravity: "attention", offsetY: 5 } as const;
  expect(() => checkAnchor("crop", anchor)).toThrow(
    expect.objectContaining({ code: "invalid_parameter", details: { parameter: "offsetY" } }),
  );
  expect(() => checkAnchor("crop", { ...anchor, focalX: 0.5 })).not.toThrow();
  expect(() => checkAnchor("crop", { ...anchor, gravity: "east" })).not.toThrow();
});
