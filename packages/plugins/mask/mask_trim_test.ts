import { describe, expect, test } from "bun:test";
import { alphaAt, imageOfPixels, maskOf, type Pixels } from "./mask_fixture_test.ts";

const boxes: readonly (readonly [
  query: string,
  size: readonly [number, number],
  readonly [number, number],
])[] = [
  ["mask=circle", [400, 300], [300, 300]],
  ["mask=circle,feather:9", [401, 300], [300, 300]],
  ["mask=circle", [1, 10], [1, 1]],
  ["mask=ellipse", [40, 30], [40, 30]],
  ["mask=ellipse,angle:90", [200, 100], [50, 100]],
  ["mask=rounded,radius:9,angle:90", [200, 100], [50, 100]],
  // Equilateral: as wide as the image, √3 / 2 as high.
  ["mask=polygon,sides:3", [200, 200], [200, 174]],
  // As high as the image, √3 / 2 as wide.
  ["mask=polygon,sides:6", [200, 200], [174, 200]],
  ["mask=polygon,sides:6,gravity:east", [333, 200], [174, 200]],
  // 2 sin 72° wide, 1 + cos 36° high.
  ["mask=star", [200, 200], [200, 191]],
  ["mask=heart", [64, 200], [64, 58]],
  ["mask=heart,angle:180", [64, 200], [64, 58]],
];

describe("mask with trim", () => {
  test.each(boxes)("%s of %p cuts to %p", async (query, [width, height], [left, over]) => {
    const trimmed = await maskOf(`${query},trim`, width, height);
    expect([trimmed.width, trimmed.height]).toEqual([left, over]);
  });

  test.each(boxes.filter(([query]) => !query.includes("feather")))(
    "%s of %p leaves no empty border, and cuts no covered pixel",
    async (query, [width, height]) => {
      const [whole, trimmed] = await Promise.all([
        maskOf(query, width, height),
        maskOf(`${query},trim`, width, height),
      ]);
      const { left, top, right, bottom } = extent(whole);
      expect([trimmed.width, trimmed.height]).toEqual([right - left + 1, bottom - top + 1]);
      for (let y = 0; y < trimmed.height; y++) {
        for (let x = 0; x < trimmed.width; x++)
          expect(alphaAt(trimmed, x, y)).toBe(alphaAt(whole, left + x, top + y));
      }
    },
  );

  test("mask=circle,invert,trim cuts nothing", async () => {
    expect(await maskOf("mask=circle,invert,trim", 60, 40)).toMatchObject({ width: 60, height: 40 });
  });

  test("mask by an image is cut to the box around the covered pixels", async () => {
    const lit = (x: number, y: number) => x >= 3 && x < 8 && y >= 2 && y < 9;
    const stencil = await imageOfPixels(
      12,
      10,
      Array.from({ length: 120 }, (_, pixel) => (lit(pixel % 12, Math.floor(pixel / 12)) ? 255 : 0)).flatMap(
        (value) => [value, value, value, 255],
      ),
    );
    const options = { images: { "@stencil": stencil } };
    const pixels = await maskOf("mask=image:@stencil,trim", 12, 10, options);
    expect(pixels).toMatchObject({ width: 5, height: 7 });
    expect(pixels.data.every((value, index) => index % 4 !== 3 || value === 255)).toBe(true);
    expect(await maskOf("mask=image:@stencil,trim,invert", 12, 10, options)).toMatchObject({
      width: 12,
      height: 10,
    });
  });

  test("mask by an image that covers nothing cuts nothing", async () => {
    const images = { "@stencil": await imageOfPixels(1, 1, [0, 0, 0, 255]) };
    const pixels = await maskOf("mask=image:@stencil,trim", 12, 10, { images });
    expect(pixels).toMatchObject({ width: 12, height: 10 });
    expect(pixels.data.every((value) => value === 0)).toBe(true);
  });
});

function extent(pixels: Pixels) {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      if (alphaAt(pixels, x, y) === 0) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), y];
    }
  }
  return { left, top, right, bottom };
}
