import { describe, expect, test } from "bun:test";
import { largestInside, readAspect, smallestAround } from "./aspect.ts";

describe("readAspect()", () => {
  test.each([
    ["16:9", 16 / 9],
    ["16/9", 16 / 9],
    ["1.5", 1.5],
    ["2.39:1", 2.39],
    ["1:1000", 0.001],
  ])("reads %s", (text, aspect) => expect(readAspect(text, "crop")).toBe(aspect));

  test("leaves nothing undefined", () => expect(readAspect(undefined, "crop")).toBeUndefined());

  test.each([
    "",
    "0",
    "0:1",
    "1:0",
    "16//9",
    "16x9",
    "-1",
    "1e2",
    ":9",
    "16:",
    "1:2:3",
    "1001",
    "1:1001",
    ".",
  ])("refuses %o", (text) => {
    expect(() => readAspect(text, "crop")).toThrow(
      expect.objectContaining({ code: "invalid_parameter", details: { parameter: "aspect" } }),
    );
  });
});

describe("largestInside()", () => {
  test.each([
    [{ width: 100, height: 60 }, 1, { width: 60, height: 60 }],
    [{ width: 100, height: 60 }, 2, { width: 100, height: 50 }],
    [{ width: 100, height: 60 }, 100 / 60, { width: 100, height: 60 }],
    [{ width: 1, height: 900 }, 1000, { width: 1, height: 1 }],
  ])("of %o at %d is %o", (room, aspect, box) => expect(largestInside(room, aspect)).toEqual(box));
});

describe("smallestAround()", () => {
  test.each([
    [{ width: 100, height: 60 }, 1, { width: 100, height: 100 }],
    [{ width: 100, height: 60 }, 2, { width: 120, height: 60 }],
    [{ width: 1, height: 9 }, 1000, { width: 9000, height: 9 }],
  ])("of %o at %d is %o", (content, aspect, box) => expect(smallestAround(content, aspect)).toEqual(box));
});
