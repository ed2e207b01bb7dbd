import { describe, expect, test } from "bun:test";
import { sharp } from "../sharp_setup.ts";
import { fewColorsPng } from "./few_colors_png.ts";

const SIZE = { width: 61, height: 47 } as const;

/** Returns pixels of so many colours, which all differ in each channel. */
function pixelsOf(colors: number, channels: 3 | 4) {
  const pixel = (index: number) => {
    const color = (index * 7) % colors;
    return [color, 255 - color, (color * 3) % 256, color % 2 === 0 ? color : 255].slice(0, channels);
  };
  const data = Buffer.from(
    Array.from({ length: SIZE.width * SIZE.height }, (_, index) => pixel(index)).flat(),
  );
  return { data, size: SIZE, pages: 1, channels };
}

describe("fewColorsPng()", () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [5, 4],
    [16, 4],
    [17, 8],
    [256, 8],
  ])("keeps %d colours in %d bits a pixel, with and without alpha", async (colors, bits) => {
    for (const channels of [3, 4] as const) {
      const pixels = pixelsOf(colors, channels);
      const file = fewColorsPng(pixels, {}, null) ?? Buffer.alloc(0);
      expect(await sharp(file).metadata()).toMatchObject({
        ...SIZE,
        isPalette: true,
        bitsPerSample: bits,
        hasAlpha: channels === 4,
      });
      expect(Buffer.compare(await sharp(file).raw().toBuffer(), pixels.data)).toBe(0);
    }
  });

  test("carries profile and metadata", async () => {
    const icc = (
      await sharp(
        await sharp(pixelsOf(2, 3).data, { raw: { ...SIZE, channels: 3 } })
          .withIccProfile("p3")
          .png()
          .toBuffer(),
      ).metadata()
    ).icc;
    const carried = { profile: icc ?? null, exif: null, xmp: Buffer.from("<x:xmpmeta/>"), iptc: null };
    const file = fewColorsPng(pixelsOf(9, 3), {}, carried) ?? Buffer.alloc(0);
    const metadata = await sharp(file).metadata();
    expect(metadata.icc).toEqual(carried.profile as Buffer);
    expect(metadata.xmp).toEqual(carried.xmp);
  });

  test("is null for more colours, for few pixels, and if the settings choose another kind", () => {
    const many = pixelsOf(256, 3);
    many.data.set([9, 9, 9], 0);
    expect(fewColorsPng(many, {}, null)).toBeNull();
    expect(fewColorsPng({ ...pixelsOf(2, 3), size: { width: 3, height: 2 } }, {}, null)).toBeNull();
    for (const settings of [{ colors: 4 }, { quality: 50 }, { progressive: true }]) {
      expect(fewColorsPng(pixelsOf(2, 3), settings, null)).toBeNull();
    }
    expect(fewColorsPng(pixelsOf(2, 3), { quality: 50, lossless: true }, null)).not.toBeNull();
  });
});
