import { describe, expect, test } from "bun:test";
import { dominantColor } from "./dominant_color.ts";

describe("dominantColor()", () => {
  test("is the mean of the most common", () => {
    const pixels = [
      [200, 10, 10, 255],
      [202, 12, 10, 255],
      [0, 0, 255, 255],
      [0, 255, 0, 20],
      [0, 255, 0, 20],
      [0, 255, 0, 20],
    ];
    expect(dominantColor(Uint8Array.from(pixels.flat()))).toBe("#c90b0a");
  });
  test("is white if all is transparent", () => expect(dominantColor(new Uint8Array(16))).toBe("#ffffff"));
});
