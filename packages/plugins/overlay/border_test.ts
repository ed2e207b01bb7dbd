import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { boundsOf, type Pixel, pixelAt, render } from "./testing_render.ts";

const BLUE: Pixel = [10, 20, 200, 255];
const picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#0a14c8" } })
  .png()
  .toBuffer();

describe("border", () => {
  test("covers the edges inside the image", async () => {
    const pixels = await render(picture, { transform: "border", width: 3, color: "red" });
    expect(pixels).toMatchObject({ width: 40, height: 30 });
    expect(boundsOf(pixels, ([, , blue]) => blue === 200)).toEqual([3, 3, 34, 24]);
    for (const [x, y] of [
      [0, 0],
      [39, 29],
      [2, 15],
      [20, 27],
    ] as const)
      expect(pixelAt(pixels, x, y)).toEqual([255, 0, 0, 255]);
  });

  test("mixes a translucent colour once, in corners too", async () => {
    const pixels = await render(picture, { transform: "border", width: 3, color: "ff000080" });
    expect(pixelAt(pixels, 0, 0)).toEqual(pixelAt(pixels, 20, 0));
    expect(pixelAt(pixels, 1, 15)).toEqual(pixelAt(pixels, 20, 0));
    expect(pixelAt(pixels, 20, 15)).toEqual(BLUE);
  });

  test("covers everything if it is wide", async () => {
    for (const radius of [0, 5]) {
      const pixels = await render(picture, { transform: "border", width: 100, color: "red", radius });
      expect(pixelAt(pixels, 20, 15)).toEqual([255, 0, 0, 255]);
    }
  });

  test("cuts off what is outside its round corners", async () => {
    const pixels = await render(picture, { transform: "border", width: 3, color: "red", radius: 12 });
    expect(pixelAt(pixels, 0, 0)[3]).toBe(0);
    expect(pixelAt(pixels, 20, 0)).toEqual([255, 0, 0, 255]);
    expect(pixelAt(pixels, 20, 15)).toEqual(BLUE);
  });
});
