import { describe, expect, test } from "bun:test";
import { isProgImageError } from "@progimage/core";
import { gradient } from "@progimage/core/testing";
import sharp from "sharp";
import { renderBytes } from "./testing_render.ts";

const SIZES = [
  [1, 1],
  [2, 2],
  [1, 300],
  [8000, 1],
] as const;

const QUERIES = [
  "resize=320x240,fit:cover,enlarge",
  "resize=320x240,fit:cover,gravity:attention,enlarge",
  "resize=320x240,fit:cover,gravity:entropy,enlarge",
  "resize=1x1,fit:cover,gravity:attention",
  "resize=40x40,fit:contain,enlarge",
  "resize=40x40,fit:outside",
  "crop=1x1,gravity:attention",
  "crop=aspect:1:1,gravity:entropy",
  "crop=aspect:1000:1",
  "crop=40pctx40pct,x:60pct,y:60pct",
  "crop=50pctx50pct",
  "rotate=45",
  "rotate=90",
  "trim",
  "trim=0",
  "pad=40",
  "pad=40,mode:mirror",
  "pad=40,mode:copy",
  "pad=40,mode:repeat",
  "pad=40,mode:blur",
  "pad=aspect:2,mode:blur",
  "flip",
  "flop",
];

/** Several times as long as the slowest of these. Searching an enlargement took half a minute. */
const MOST_MILLISECONDS = 8000;

describe("transforms of geometry return an image or a refusal quickly", () => {
  test.each(SIZES.flatMap(([width, height]) => [3, 4].map((channels) => [width, height, channels] as const)))(
    "for %d × %d pixels of %d channels",
    async (width, height, channels) => {
      const raw = { width, height, channels: channels as 3 | 4 };
      const png = await sharp(gradient(width, height, raw.channels), { raw })
        .png()
        .toBuffer();
      const refused: string[] = [];
      for (const query of QUERIES) {
        const start = performance.now();
        await renderBytes(png, query).catch((error: unknown) => {
          if (!isProgImageError(error) || error.code === "plugin_failed")
            throw new Error(query, { cause: error });
          refused.push(query);
        });
        expect({ query, isSoon: performance.now() - start < MOST_MILLISECONDS }).toEqual({
          query,
          isSoon: true,
        });
      }
      // Only these may be too large; all others must succeed.
      expect(refused.filter((query) => !/^(?:resize=40x40,fit:outside|rotate|pad)/.test(query))).toEqual([]);
      if (Math.max(width, height) < 8000) expect(refused).toEqual([]);
    },
    60_000,
  );

  test("resize rejects a cover that no library can enlarge to", async () => {
    const raw = { width: 8000, height: 1, channels: 3 as const };
    const png = await sharp(gradient(8000, 1, 3), { raw })
      .png()
      .toBuffer();
    const most = renderBytes(png, "resize=1000x1250,fit:cover,enlarge");
    expect(await sharp(await most).metadata()).toMatchObject({ width: 1000, height: 1250 });
    expect(renderBytes(png, "resize=1000x1251,fit:cover,enlarge")).rejects.toMatchObject({
      code: "invalid_parameter",
      details: { parameter: "fit" },
    });
  });

  test("resize cuts an enlargement at the same position as the original", async () => {
    // The only eye-catching part is a spot on the right.
    const raw = { width: 200, height: 40, channels: 3 as const };
    const pixels = Buffer.alloc(200 * 40 * 3, 30);
    for (let y = 14; y < 26; y++)
      pixels.fill(Buffer.from([255, 40, 40]), (y * 200 + 150) * 3, (y * 200 + 162) * 3);
    const png = await sharp(pixels, { raw }).png().toBuffer();
    for (const gravity of ["attention", "entropy"]) {
      const output = await renderBytes(png, `resize=120x120,fit:cover,gravity:${gravity},enlarge`);
      const { channels } = await sharp(output).stats();
      expect(channels[0]?.max).toBeGreaterThan(250);
      // The whole spot: 36 × 36 of 120 × 120 pixels.
      expect(Math.abs((channels[0]?.mean ?? 0) - (30 + 225 * 0.09))).toBeLessThan(2);
    }
  });
});
