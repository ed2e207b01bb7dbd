import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { alphasOf, imageOfPixels, maskOf } from "./mask_fixture_test.ts";

const COLORS = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [128, 128, 128, 255],
  [255, 255, 255, 102],
  [200, 100, 50, 128],
] as const;

/** Rec. 709 luma times opacity. */
const LUMAS = COLORS.map(([red, green, blue, alpha]) =>
  Math.round((0.2126 * red + 0.7152 * green + 0.0722 * blue) * (alpha / 255)),
);
const ALPHAS = COLORS.map(([, , , alpha]) => alpha);

describe("mask by an image", () => {
  async function alphas(query: string, stencil: Buffer, width = 6, height = 1): Promise<readonly number[]> {
    return alphasOf(await maskOf(query, width, height, { images: { "@stencil": stencil } }));
  }

  test("mask=channel:luma is Rec. 709 luma times alpha", async () => {
    const stencil = await imageOfPixels(6, 1, COLORS.flat());
    expect(await alphas("mask=image:@stencil,channel:luma", stencil)).toEqual(LUMAS);
  });

  test("mask=channel:alpha uses alpha alone, as auto does if there is any transparency", async () => {
    const stencil = await imageOfPixels(6, 1, COLORS.flat());
    expect(await alphas("mask=image:@stencil,channel:alpha", stencil)).toEqual(ALPHAS);
    expect(await alphas("mask=image:@stencil", stencil)).toEqual(ALPHAS);
  });

  test("mask=channel:auto uses luma if all pixels are opaque, with an alpha channel or without", async () => {
    const opaque = COLORS.slice(0, 4);
    const stencil = await imageOfPixels(4, 1, opaque.flat());
    const lumas = LUMAS.slice(0, 4);
    expect(await alphas("mask=image:@stencil", stencil, 4)).toEqual(lumas);
    expect(
      await alphas("mask=image:@stencil", await sharp(stencil).removeAlpha().png().toBuffer(), 4),
    ).toEqual(lumas);
    expect(await alphas("mask=image:@stencil,channel:alpha", stencil, 4)).toEqual([255, 255, 255, 255]);
  });

  test("mask accepts grey masks, with alpha or without", async () => {
    const values = [0, 60, 128, 255];
    const rgba = await imageOfPixels(
      4,
      1,
      values.flatMap((value) => [value, value, value, 255]),
    );
    const grey = await sharp(rgba).removeAlpha().toColourspace("b-w").png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    expect(await alphas("mask=image:@stencil", grey, 4)).toEqual(values);
    const half = await imageOfPixels(
      4,
      1,
      values.flatMap((value) => [value, value, value, 128]),
    );
    const greyAlpha = await sharp(half).toColourspace("b-w").png().toBuffer();
    expect((await sharp(greyAlpha).metadata()).channels).toBe(2);
    expect(await alphas("mask=image:@stencil", greyAlpha, 4)).toEqual([128, 128, 128, 128]);
    expect(await alphas("mask=image:@stencil,channel:luma", greyAlpha, 4)).toEqual(
      values.map((value) => Math.round((value * 128) / 255)),
    );
  });

  test("mask=invert keeps the pixels that are not covered", async () => {
    const stencil = await imageOfPixels(6, 1, COLORS.flat());
    expect(await alphas("mask=image:@stencil,channel:luma,invert", stencil)).toEqual(
      LUMAS.map((luma) => 255 - luma),
    );
  });

  test("mask=feather does not soften the borders of the image", async () => {
    const stencil = await imageOfPixels(1, 1, [255, 255, 255, 255]);
    for (const sigma of [0.5, 1.7, 3, 5, 250]) {
      const found = await alphas(`mask=image:@stencil,feather:${sigma}`, stencil, 9, 9);
      expect(found).toEqual(Array(81).fill(255));
    }
  });

  // Returns a white left half and a black right half.
  async function halves(width: number, height: number): Promise<Buffer> {
    const row = Array.from({ length: width }, (_, x) => (x < width / 2 ? 255 : 0));
    const values = Array.from({ length: height }, () => row).flat();
    return await imageOfPixels(
      width,
      height,
      values.flatMap((value) => [value, value, value, 255]),
    );
  }

  const fits: readonly (readonly [
    query: string,
    mask: readonly [number, number],
    image: readonly [number, number],
    kept: readonly [left: number, top: number, right: number, bottom: number],
  ])[] = [
    ["fit:fill", [100, 100], [200, 50], [0, 0, 100, 50]],
    ["fit:fill", [100, 100], [50, 20], [0, 0, 25, 20]],
    ["fit:cover", [200, 100], [100, 100], [0, 0, 50, 100]],
    ["fit:cover,gravity:west", [200, 100], [100, 100], [0, 0, 100, 100]],
    ["fit:cover,gravity:east", [200, 100], [100, 100], [0, 0, 0, 0]],
    ["fit:cover", [20, 100], [200, 100], [0, 0, 100, 100]],
    ["fit:contain", [100, 100], [200, 100], [50, 0, 100, 100]],
    ["fit:contain,gravity:east", [100, 100], [200, 100], [100, 0, 150, 100]],
    ["fit:contain,gravity:south", [400, 100], [200, 100], [0, 50, 100, 100]],
  ];

  test.each(fits)("mask=%s of %p on %p keeps %p", async (query, mask, [width, height], kept) => {
    const stencil = await halves(...mask);
    const found = await alphas(`mask=image:@stencil,${query}`, stencil, width, height);
    const [left, top, right, bottom] = kept;
    const wrong = found.filter((alpha, pixel) => {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      const isNearEdge = Math.abs(x + 0.5 - right) < 12 && right > left;
      const isKept = x >= left && x < right && y >= top && y < bottom;
      return !isNearEdge && alpha !== (isKept ? 255 : 0);
    });
    expect(wrong).toEqual([]);
  });
});
