import { describe, expect, test } from "bun:test";
import {
  ANIMATION,
  animationFixture,
  createRegistry,
  decodePixels,
  parseUrlRecipe,
  psnr,
  stillFixtures,
} from "@progimage/core/testing";
import sharp from "sharp";
import { alphaAt, alphasOf, imageOfPixels, maskOf, plainImage, renderMask } from "./mask_fixture_test.ts";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);

describe("mask", () => {
  test("mask needs a shape or an image, and not both", () => {
    const read = (query: string) => () => parseUrlRecipe(query, registry);
    expect(read("mask=invert:true")).toThrow(
      'Cannot read "mask" as it needs a shape or an image: it has neither',
    );
    expect(read("mask=circle,image:@mask")).toThrow(
      'Cannot read "mask" as it needs a shape or an image: it has both',
    );
    expect(read("mask=square")).toThrow("circle, ellipse, rounded, polygon, star, heart");
    for (const wrong of ["radius:-1", "sides:2", "sides:21", "inner:0", "feather:251", "angle:361"])
      expect(read(`mask=circle,${wrong}`)).toThrow("must be");
  });

  test.each(["mask=circle", "mask=star,feather:3", "mask=heart,invert"])(
    "%s multiplies alpha, keeps visible colours, and removes invisible ones",
    async (query) => {
      const { width, height } = { width: 60, height: 40 };
      const rgba = Array.from({ length: width * height }, (_, pixel) => [
        pixel % 251,
        (pixel * 7) % 253,
        (pixel * 13) % 255,
        (pixel * 31) % 256,
      ]);
      const cover = alphasOf(await maskOf(query, width, height));
      const source = await imageOfPixels(width, height, rgba.flat());
      const found = await decodePixels(await renderMask(query, source));
      const expected = rgba.flatMap(([red = 0, green = 0, blue = 0, alpha = 0], pixel) => {
        const product = Math.round((alpha * (cover[pixel] ?? 0)) / 255);
        return product === 0 ? [0, 0, 0, 0] : [red, green, blue, product];
      });
      expect([...found.data]).toEqual(expected);
    },
  );

  test("mask keeps the colours of all kinds of sources", async () => {
    for (const { name, bytes, format } of await stillFixtures()) {
      const plain = await decodePixels(bytes);
      const { width, height } = plain;
      const cover = alphasOf(await maskOf("mask=ellipse", width, height));
      const data = Buffer.from(plain.data);
      for (const [pixel, value] of cover.entries())
        data[pixel * 4 + 3] = ((data[pixel * 4 + 3] ?? 0) * value) / 255;
      const found = await decodePixels(await renderMask("mask=ellipse", bytes, { inputFormat: format }));
      expect([name, psnr(found, { width, height, data }) > 45]).toEqual([name, true]);
    }
  });

  test.each(["mask=circle", "mask=heart,trim", "mask=image:@stencil,trim"])(
    "%s masks every frame of an animation alike",
    async (query) => {
      const { bytes } = await animationFixture("webp");
      const { width, height, pages } = ANIMATION;
      const lit = Array.from({ length: width * height }, (_, pixel) =>
        pixel % width > 9 ? [255, 255, 255, 255] : [0, 0, 0, 255],
      );
      const images = { "@stencil": await imageOfPixels(width, height, lit.flat()) };
      const output = await renderMask(`${query}`, bytes, { images, inputFormat: "webp", format: "webp" });
      expect(await sharp(output).metadata()).toMatchObject({ pages, delay: [...ANIMATION.delay] });
      for (let page = 0; page < pages; page++) {
        const frame = await sharp(bytes, { page }).png().toBuffer();
        const alone = await decodePixels(await renderMask(query, frame, { images }));
        expect(psnr(await decodePixels(output, page), alone)).toBeGreaterThan(28);
        // The alpha of a lossy WebP is lossless.
        expect(alphasOf(await decodePixels(output, page))).toEqual(alphasOf(alone));
      }
    },
  );

  test("mask=background is behind the kept part, also where the image was transparent", async () => {
    const query = "mask=circle,feather:3,background:6496c8";
    const cover = alphasOf(await maskOf("mask=circle,feather:3", 50, 50));
    const found = await decodePixels(await renderMask(query, await plainImage(50, 50, "#c86432")));
    for (const [pixel, value] of cover.entries()) {
      const share = value / 255;
      for (const [channel, [front, back]] of [
        [200, 100],
        [100, 150],
        [50, 200],
      ].entries()) {
        const expected = (front ?? 0) * share + (back ?? 0) * (1 - share);
        expect(Math.abs((found.data[pixel * 4 + channel] ?? 0) - expected)).toBeLessThanOrEqual(1);
      }
      expect(found.data[pixel * 4 + 3]).toBe(255);
    }
    const clear = await imageOfPixels(1, 1, [9, 9, 9, 0]);
    const behind = await decodePixels(await renderMask("mask=rounded,radius:0,background:6496c8", clear));
    expect([...behind.data]).toEqual([100, 150, 200, 255]);
  });

  test("mask=background may be translucent", async () => {
    const cover = alphasOf(await maskOf("mask=circle,feather:3", 50, 50));
    const found = await decodePixels(
      await renderMask("mask=circle,feather:3,background:6496c880", await plainImage(50, 50, "#c86432")),
    );
    for (const [pixel, value] of cover.entries()) {
      const [front, back] = [value / 255, (128 / 255) * (1 - value / 255)];
      expect(Math.abs((found.data[pixel * 4 + 3] ?? 0) - 255 * (front + back))).toBeLessThanOrEqual(1);
      const red = (200 * front + 100 * back) / (front + back);
      expect(Math.abs((found.data[pixel * 4] ?? 0) - red)).toBeLessThanOrEqual(2);
    }
  });

  test("mask surrounds the image with white in formats without transparency", async () => {
    const jpeg = await renderMask("mask=circle", await plainImage(80, 80), { format: "jpeg" });
    const { data } = await decodePixels(jpeg);
    expect(data[0]).toBeGreaterThan(250);
    expect(data[2]).toBeGreaterThan(250);
  });

  test("mask never fails, even if the image or the mask is very small or long", async () => {
    const sizes = [
      [1, 1],
      [1, 2],
      [3000, 1],
      [1, 3000],
      [2, 3],
    ] as const;
    const queries = [
      "mask=circle,feather:250",
      "mask=rounded,angle:33,topLeft:8192,feather:2",
      "mask=star,sides:20,inner:0.05,angle:-12,trim,feather:0.5",
      "mask=heart,invert,trim,gravity:southeast",
      "mask=polygon,angle:359.9,trim,background:80808080",
      "mask=image:@long,fit:cover,trim",
      "mask=image:@long,fit:contain,feather:250",
      "mask=image:@dot,fit:cover,gravity:north",
    ];
    const images = { "@long": await plainImage(1, 3000), "@dot": await plainImage(1, 1) };
    for (const [width, height] of sizes) {
      for (const query of queries) {
        const pixels = await maskOf(query, width, height, { images });
        expect(alphaAt(pixels, 0, 0)).toBeWithin(0, 256);
        if (!query.includes("trim")) expect(pixels).toMatchObject({ width, height });
      }
    }
  });
});
