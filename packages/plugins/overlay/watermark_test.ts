import { describe, expect, test } from "bun:test";
import { ANIMATION, animationFixture, decodePixels } from "@progimage/core/testing";
import sharp from "sharp";
import { boundsOf, type Pixel, pixelAt, render, renderBytes } from "./testing_render.ts";

const isRed = ([red, green, blue]: Pixel) => red > 200 && green < 50 && blue < 50;

async function solid(width: number, height: number, color: Pixel): Promise<Buffer> {
  const [r, g, b, a] = color;
  const background = { r, g, b, alpha: a / 255 };
  const image = sharp({ create: { width, height, channels: 4, background } });
  return await (a === 255 ? image.removeAlpha() : image).png().toBuffer();
}

const picture = await solid(40, 30, [10, 20, 200, 255]);
const mark = await solid(8, 6, [255, 0, 0, 255]);

describe("watermark lies", () => {
  const places: readonly (readonly [gravity: string, left: number, top: number])[] = [
    ["northwest", 3, 2],
    ["north", 19, 2],
    ["northeast", 29, 2],
    ["west", 3, 14],
    ["center", 19, 14],
    ["east", 29, 14],
    ["southwest", 3, 22],
    ["south", 19, 22],
    ["southeast", 29, 22],
  ];

  test.each(places)("at %s, offsets counted inward", async (gravity, left, top) => {
    const pixels = await render(
      picture,
      { transform: "watermark", image: "@mark", gravity, x: 3, y: 2 },
      { "@mark": mark },
    );
    expect(boundsOf(pixels, isRed)).toEqual([left, top, 8, 6]);
    expect(pixelAt(pixels, left - 1, top)).toEqual([10, 20, 200, 255]);
  });

  test("partly outside, and is cut", async () => {
    const step = { transform: "watermark", image: "@mark", gravity: "northwest", x: -5, y: 28 };
    const pixels = await render(picture, step, { "@mark": mark });
    expect(pixels).toMatchObject({ width: 40, height: 30 });
    expect(boundsOf(pixels, isRed)).toEqual([0, 28, 3, 2]);
  });

  test("wholly outside, and nothing changes", async () => {
    const pixels = await render(
      picture,
      { transform: "watermark", image: "@mark", x: 41 },
      { "@mark": mark },
    );
    expect(boundsOf(pixels, isRed)).toBeNull();
    expect(pixelAt(pixels, 39, 29)).toEqual([10, 20, 200, 255]);
  });
});

describe("watermark takes", () => {
  const sizes: readonly (readonly [
    label: string,
    step: object,
    mark: readonly [number, number],
    box: readonly number[],
  ])[] = [
    ["its own size", {}, [8, 6], [32, 24, 8, 6]],
    ["half of the width by scale 0.5", { scale: 0.5 }, [8, 6], [20, 15, 20, 15]],
    ["the picture's height if that is less", { scale: 1 }, [8, 6], [0, 0, 40, 30]],
    ["less than its own size if it is too wide", {}, [80, 20], [0, 20, 40, 10]],
    ["less than its own size if it is too high", {}, [10, 60], [35, 0, 5, 30]],
    ["other sides after a quarter turn", { angle: 90 }, [8, 6], [34, 22, 6, 8]],
    ["its own sides after a half turn", { angle: -180 }, [8, 6], [32, 24, 8, 6]],
  ];

  test.each(sizes)("%s", async (_label, step, [width, height], box) => {
    const large = await solid(width, height, [255, 0, 0, 255]);
    const pixels = await render(
      picture,
      { transform: "watermark", image: "@mark", ...step },
      { "@mark": large },
    );
    expect(boundsOf(pixels, isRed)).toEqual(box as [number, number, number, number]);
  });

  test("one pixel on a picture of one pixel", async () => {
    const dot = await solid(1, 1, [0, 0, 0, 255]);
    const wishes: readonly Readonly<Record<string, number | boolean>>[] = [
      {},
      { scale: 0.01 },
      { tile: true },
      { angle: 45 },
      { angle: 45, tile: true },
    ];
    for (const step of wishes) {
      const pixels = await render(
        dot,
        { transform: "watermark", image: "@mark", ...step },
        { "@mark": mark },
      );
      expect(pixels).toMatchObject({ width: 1, height: 1 });
      expect(pixelAt(pixels, 0, 0)[0]).toBeGreaterThan(100);
    }
  });

  test("colour on grey, and shows its own pixels where it has alpha", async () => {
    const grey = await sharp(picture).toColourspace("b-w").png().toBuffer();
    const pixels = await render(grey, { transform: "watermark", image: "@mark" }, { "@mark": mark });
    expect(boundsOf(pixels, isRed)).toEqual([32, 24, 8, 6]);
    const [red, green, blue] = pixelAt(pixels, 0, 0);
    expect([green, blue]).toEqual([red, red]);
  });
});

describe("watermark is laid over", () => {
  const cases: readonly (readonly [below: Pixel, above: Pixel, opacity: number])[] = [
    [[10, 20, 200, 255], [255, 0, 0, 255], 0.25],
    [[10, 20, 200, 255], [200, 100, 60, 120], 1],
    [[10, 20, 200, 255], [200, 100, 60, 120], 0.5],
    [[10, 20, 200, 100], [200, 100, 60, 120], 1],
    [[10, 20, 200, 100], [200, 100, 60, 255], 0.7],
    [[90, 80, 70, 0], [200, 100, 60, 120], 0.6],
    [[10, 20, 200, 100], [200, 100, 60, 255], 0],
  ];

  test.each(cases)("%p, %p at opacity %p as Porter and Duff say", async (below, above, opacity) => {
    const pixels = await render(
      await solid(4, 4, below),
      { transform: "watermark", image: "@mark", opacity },
      { "@mark": await solid(4, 4, above) },
    );
    const upper = (above[3] / 255) * opacity;
    const lower = (below[3] / 255) * (1 - upper);
    const found = pixelAt(pixels, 1, 2);
    expect(Math.abs(found[3] - 255 * (upper + lower))).toBeLessThanOrEqual(1);
    for (const channel of [0, 1, 2] as const) {
      const expected = (above[channel] * upper + below[channel] * lower) / (upper + lower);
      expect(Math.abs(found[channel] - expected)).toBeLessThanOrEqual(2);
    }
  });

  test("a picture without alpha, and leaves it without", async () => {
    const clear = await solid(8, 6, [255, 0, 0, 90]);
    const step = { transform: "watermark", image: "@mark" };
    const output = await renderBytes(picture, "png", step, { "@mark": clear });
    expect(await sharp(output).metadata()).toMatchObject({ hasAlpha: false, channels: 3 });
  });

  test("nothing where the mark is transparent: colours stay but for rounding", async () => {
    const noise = Buffer.from(Array.from({ length: 16 * 16 * 4 }, (_, index) => (index * 7919) % 256));
    const raw = { width: 16, height: 16, channels: 4 as const };
    const source = await sharp(noise, { raw }).png().toBuffer();
    const clear = await solid(16, 16, [255, 0, 0, 0]);
    const { data } = await render(source, { transform: "watermark", image: "@mark" }, { "@mark": clear });
    for (const [index, value] of data.entries()) {
      if ((noise[index | 3] ?? 0) > 0) expect(Math.abs(value - (noise[index] ?? 0))).toBeLessThanOrEqual(1);
    }
  });
});

describe("watermark blends", () => {
  /** W3C Compositing and Blending Level 1, § 9.1; backdrop, then source, from 0 to 1. */
  const formulas: Readonly<Record<string, (backdrop: number, source: number) => number>> = {
    multiply: (backdrop, source) => backdrop * source,
    screen: (backdrop, source) => backdrop + source - backdrop * source,
    overlay: (backdrop, source) =>
      backdrop <= 0.5 ? 2 * backdrop * source : 1 - 2 * (1 - backdrop) * (1 - source),
    darken: Math.min,
    lighten: Math.max,
    "color-dodge": (backdrop, source) =>
      backdrop === 0 ? 0 : source === 1 ? 1 : Math.min(1, backdrop / (1 - source)),
    "color-burn": (backdrop, source) =>
      backdrop === 1 ? 1 : source === 0 ? 0 : 1 - Math.min(1, (1 - backdrop) / source),
    "hard-light": (backdrop, source) =>
      source <= 0.5 ? 2 * backdrop * source : 1 - 2 * (1 - backdrop) * (1 - source),
    "soft-light": (backdrop, source) => {
      if (source <= 0.5) return backdrop - (1 - 2 * source) * backdrop * (1 - backdrop);
      const curve = backdrop <= 0.25 ? ((16 * backdrop - 12) * backdrop + 4) * backdrop : Math.sqrt(backdrop);
      return backdrop + (2 * source - 1) * (curve - backdrop);
    },
    difference: (backdrop, source) => Math.abs(backdrop - source),
    exclusion: (backdrop, source) => backdrop + source - 2 * backdrop * source,
  };

  test.each(Object.keys(formulas))("by %s as CSS does, opaque and half transparent", async (blend) => {
    const levels = [0, 30, 64, 128, 200, 255];
    const mix = formulas[blend];
    for (const alpha of [255, 128]) {
      for (const above of levels) {
        const below = levels.flatMap((level) => [level, level, level, 255]);
        const source = await sharp(Buffer.from(below), {
          raw: { width: levels.length, height: 1, channels: 4 },
        })
          .removeAlpha()
          .png()
          .toBuffer();
        const top = await solid(levels.length, 1, [above, above, above, alpha]);
        const pixels = await render(
          source,
          { transform: "watermark", image: "@mark", blend },
          { "@mark": top },
        );
        for (const [x, level] of levels.entries()) {
          const blended = 255 * (mix?.(level / 255, above / 255) ?? Number.NaN);
          const expected = level + (blended - level) * (alpha / 255);
          expect(Math.abs(pixelAt(pixels, x, 0)[0] - expected)).toBeLessThanOrEqual(2);
        }
      }
    }
  });
});

describe("watermark tiles", () => {
  test("a picture wholly without a gap", async () => {
    const pixels = await render(
      picture,
      { transform: "watermark", image: "@mark", tile: true, gap: 0 },
      { "@mark": mark },
    );
    for (let index = 0; index < 40 * 30; index++)
      expect(pixelAt(pixels, index % 40, Math.floor(index / 40))).toEqual([255, 0, 0, 255]);
  });

  test.each(["northwest", "southeast", "center"])("from %s with a gap between all marks", async (gravity) => {
    const step = { transform: "watermark", image: "@mark", gravity, x: 1, y: 2 };
    const single = boundsOf(await render(picture, step, { "@mark": mark }), isRed) ?? [0, 0, 0, 0];
    const pixels = await render(picture, { ...step, tile: true, gap: 3 }, { "@mark": mark });
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 40; x++) {
        const column = (x - single[0] + 11 * 10) % 11;
        const row = (y - single[1] + 9 * 10) % 9;
        expect(isRed(pixelAt(pixels, x, y))).toBe(column < 8 && row < 6);
      }
    }
  });
});

test("watermark turns clockwise", async () => {
  const halves = Buffer.from([255, 0, 0, 0, 255, 0]);
  const two = await sharp(halves, { raw: { width: 2, height: 1, channels: 3 } })
    .png()
    .toBuffer();
  const pixels = await render(
    picture,
    { transform: "watermark", image: "@mark", gravity: "northwest", angle: 90 },
    { "@mark": two },
  );
  expect([pixelAt(pixels, 0, 0), pixelAt(pixels, 0, 1)]).toEqual([
    [255, 0, 0, 255],
    [0, 255, 0, 255],
  ]);
});

test("watermark that is turned has no dark edges", async () => {
  const white = await solid(60, 60, [255, 255, 255, 255]);
  const pixels = await render(
    white,
    { transform: "watermark", image: "@mark", gravity: "center", angle: 30 },
    { "@mark": await solid(20, 20, [255, 0, 0, 255]) },
  );
  expect(boundsOf(pixels, ([red]) => red < 254)).toBeNull();
  const share = pixels.data.reduce(
    (sum, value, index) => (index % 4 === 1 ? sum + (255 - value) / 255 : sum),
    0,
  );
  expect(Math.abs(share - 400)).toBeLessThan(4);
});

test.each(["over", "multiply"])("watermark lies on every frame of an animation by %s", async (blend) => {
  const { bytes } = await animationFixture("webp");
  const step = { transform: "watermark", image: "@mark", blend, opacity: 1 };
  const output = await renderBytes(bytes, "webp", step, { "@mark": await solid(8, 6, [255, 0, 0, 255]) });
  const { width, height, pages } = ANIMATION;
  expect(await sharp(output).metadata()).toMatchObject({ pages, delay: [...ANIMATION.delay] });
  for (let page = 0; page < pages; page++) {
    const [before, after] = await Promise.all([decodePixels(bytes, page), decodePixels(output, page)]);
    const opacity = pixelAt(before, width - 1, height - 1)[3] / 255;
    expect(opacity).toBe(1);
    const [red, , , alpha] = pixelAt(before, width - 3, height - 3);
    expect(pixelAt(after, width - 3, height - 3)).toEqual([blend === "over" ? 255 : red, 0, 0, alpha]);
    expect(pixelAt(after, 0, 0)).toEqual(pixelAt(before, 0, 0));
  }
});
