import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { shadowLayout } from "./shadow_layout.ts";
import { boundsOf, pixelAt, render } from "./testing_render.ts";

const picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#0a14c8" } })
  .png()
  .toBuffer();

describe("shadow", () => {
  test("gets as much room as it needs", () => {
    const size = { width: 40, height: 30 };
    expect(shadowLayout(size, { sigma: 2, x: 10, y: -3 })).toEqual({
      canvas: { width: 40 + 16, height: 30 + 12 },
      image: { left: 0, top: 9 },
      shadow: { left: 10, top: 6 },
    });
    expect(shadowLayout(size, { sigma: 0, x: 0, y: 0 }).canvas).toEqual(size);
  });

  test("lies below the image, in its colour", async () => {
    const step = { transform: "shadow", sigma: 0, x: 6, y: 4, color: "ff000080" };
    const pixels = await render(picture, step);
    expect(pixels).toMatchObject({ width: 46, height: 34 });
    expect(boundsOf(pixels, ([, , blue]) => blue === 200)).toEqual([0, 0, 40, 30]);
    expect(pixelAt(pixels, 43, 20)).toEqual([255, 0, 0, 128]);
    expect(pixelAt(pixels, 43, 2)[3]).toBe(0);
  });

  test("follows the outline of what is not transparent", async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect x="20" width="20" height="30"/></svg>`;
    const half = await sharp(Buffer.from(svg)).png().toBuffer();
    const pixels = await render(half, { transform: "shadow", sigma: 0, x: 0, y: 10, color: "ff0000" });
    expect(boundsOf(pixels, ([red]) => red === 255)).toEqual([20, 30, 20, 10]);
  });

  test.each([4, 10, 40])("fades by a Gaussian with a sigma of %d", async (sigma) => {
    const wide = await sharp({ create: { width: 300, height: 300, channels: 3, background: "#fff" } })
      .png()
      .toBuffer();
    const { canvas, image, shadow } = shadowLayout({ width: 300, height: 300 }, { sigma, x: 0, y: 150 });
    const pixels = await render(wide, { transform: "shadow", sigma, x: 0, y: 150, color: "000000" });
    expect(pixels).toMatchObject(canvas);
    const edge = shadow.top + 300;
    const middle = image.left + 150;
    const alphas = [-1, 0, 1].map(
      (steps) => (pixelAt(pixels, middle, Math.round(edge + steps * sigma))[3] ?? 0) / 255,
    );
    // The normal distribution at -1, 0 and 1 standard deviations.
    for (const [index, share] of [0.841, 0.5, 0.159].entries())
      expect(Math.abs((alphas[index] ?? 0) - share)).toBeLessThan(0.06);
  });
});
