import { describe, expect, test } from "bun:test";
import { readColor } from "./color.ts";
import { cssColor, opacityOf } from "./css_color.ts";

describe("readColor()", () => {
  test.each([
    ["red", "ff0000"],
    ["RebeccaPurple", "663399"],
    ["transparent", "00000000"],
    ["fff", "ffffff"],
    ["0F08", "00ff0088"],
    ["#A0b1C2", "a0b1c2"],
    ["a0b1c2ff", "a0b1c2"],
    ["a0b1c2d3", "a0b1c2d3"],
    ["000f", "000000"],
  ])("reads %s as %s", (text, color) => expect(readColor(text)).toBe(color));

  test.each(["", "#", "ff", "fffff", "rgb(1,2,3)", "url(x)", "constructor", "red ", "__proto__", "ggg"])(
    "refuses %j",
    (text) => {
      expect(readColor(text)).toBeNull();
    },
  );

  test("its colours go on to CSS", () => {
    expect(cssColor("a0b1c2d3")).toBe("#a0b1c2d3");
    expect([opacityOf("a0b1c2"), opacityOf("00000000"), opacityOf("000000ff")]).toEqual([1, 0, 1]);
  });
});
