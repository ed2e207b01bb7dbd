import { describe, expect, test } from "bun:test";
import { pixelsOf, readPerCent } from "./length.ts";

describe("pixelsOf()", () => {
  test("returns pixels unchanged, and per cent of the side", () => {
    expect(pixelsOf(12.5, 300)).toBe(12.5);
    expect(pixelsOf("50pct", 300)).toBe(150);
    expect(pixelsOf("-12.5pct", 300)).toBe(-37.5);
  });
});

describe("readPerCent()", () => {
  test.each([
    ["50%", "50pct"],
    ["50pct", "50pct"],
    ["+.50pct", "0.5pct"],
    ["-0%", "0pct"],
  ] as const)("reads %s as %s", (text, length) => expect(readPerCent(text)).toBe(length));

  test.each(["50", "%", "50 %", "5e1%", "50%%", "0x1%", ""])("does not read %j", (text) => {
    expect(readPerCent(text)).toBeNull();
  });
});
