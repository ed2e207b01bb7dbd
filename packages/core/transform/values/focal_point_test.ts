import { describe, expect, test } from "bun:test";
import { completeFocalPoint } from "./focal_point.ts";

const FACTS = { focalPoint: { x: 0.2, y: 0.9 } };

describe("completeFocalPoint()", () => {
  test.each([
    [{ gravity: "center" }, {}],
    [{ gravity: "focal" }, { focalX: 0.2, focalY: 0.9 }],
    [
      { gravity: "center", focalX: 0.7 },
      { focalX: 0.7, focalY: 0.5 },
    ],
  ] as const)("completes %j to %j", (wish, completed) => {
    expect(completeFocalPoint(wish, FACTS)).toEqual(completed);
  });

  test("takes the middle of an image without a focal point", () => {
    expect(completeFocalPoint({ gravity: "focal" }, { focalPoint: null })).toEqual({
      focalX: 0.5,
      focalY: 0.5,
    });
  });
});
