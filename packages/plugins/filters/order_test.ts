import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import { definePlugin, defineTransform } from "@progimage/core/plugin";
import {
  ANIMATION,
  animationFixture,
  createRegistry,
  decodePixels,
  orderLikeness,
  parseUrlRecipe,
  psnr,
  randomNumbers,
  renderRecipe,
  renderStepByStep,
  type SourceFixture,
  stillFixtures,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

/** Shared instances keep premultiplied colours at more than 8 bits: three such steps differ by 43 dB. Wrong orders are below 35 dB. */
const LEAST_PSNR = 42;
const RECIPES_PER_SOURCE = 12;
const TIMEOUT = 60_000;

/** Geometry between filters, some of which sharp runs before them and some after. */
const geometry = definePlugin({
  name: "@progimage/test",
  transforms: [
    defineTransform({
      name: "mirror",
      version: 1,
      summary: "Mirrors",
      params: {},
      stage: "flip",
      apply: (image) => image.flip(),
    }),
    defineTransform({
      name: "shrink",
      version: 1,
      summary: "Shrinks",
      params: {},
      size: () => ({ width: 43, height: 31 }),
      stage: "scale",
      apply: (image, _, { output }) => image.resize(output.width, output.height, { fit: "fill" }),
    }),
    defineTransform({
      name: "lossless",
      version: 1,
      summary: "Loses nothing",
      params: {},
      stage: "output",
      encode: (settings) => ({ ...settings, lossless: true }),
    }),
  ],
});
const registry = createRegistry([plugin, geometry]);

/** Only steps that do not turn a small difference into a large one. */
const STEPS = [
  "mirror",
  "shrink",
  "blur=1.5",
  "blur=9",
  "brightness=0.8",
  "brightness=1.2",
  "contrast=0.7",
  "duotone=amount:0.8",
  "gamma=1.2",
  "grayscale",
  "hue=40",
  "median=3",
  "negate",
  "pixelate=5",
  "saturation=0.6",
  "sepia=0.7",
  "sharpen=0.5,flat:0.3",
  "tint=6090c0",
  "vignette",
];

const KNOWN_TRAPS = [
  "sepia&negate",
  "sepia&hue=90&saturation=0.5",
  "blur=2&sepia&brightness=1.1",
  "brightness=0.9&blur=2",
  "negate&grayscale",
  "grayscale&tint=6090c0",
  "grayscale&sepia",
  "grayscale&blur=2&negate",
  "tint=6090c0&brightness=1.1&contrast=0.9",
  "shrink&blur=3&sharpen=0.5&brightness=1.1&negate",
  "shrink&sepia&mirror",
  "mirror&sharpen=0.5&shrink",
  "brightness=1&sepia=0&hue=0",
];

describe("recipes of filters", () => {
  let folder: string;
  let stills: readonly SourceFixture[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-filters-"));
    stills = await stillFixtures();
    const sources = [...stills, await animationFixture("webp")];
    await Promise.all(sources.map(({ name, bytes }) => Bun.write(join(folder, name), bytes)));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function expectSame(source: SourceFixture, query: string): Promise<void> {
    const input = join(folder, source.name);
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(query, registry);
    const decibels = await orderLikeness({ input, inputFormat: source.format, output, steps }, registry);
    if (decibels < LEAST_PSNR) throw new Error(`${query} on ${source.name}: ${decibels} dB`);
  }

  test(
    "keep the caller's order in recipes with known pitfalls",
    async () => {
      for (const source of stills) for (const query of KNOWN_TRAPS) await expectSame(source, query);
    },
    TIMEOUT,
  );

  test(
    "keep the caller's order in random recipes, on all sources",
    async () => {
      const random = randomNumbers(20_261_124);
      const pick = () => STEPS[Math.floor(random() * STEPS.length)] ?? "negate";
      for (const source of stills) {
        for (let round = 0; round < RECIPES_PER_SOURCE; round++) {
          await expectSame(source, Array.from({ length: 2 + Math.floor(random() * 3) }, pick).join("&"));
        }
      }
    },
    TIMEOUT,
  );

  const examples = plugin.transforms.flatMap((transform) => transform.examples ?? []);

  test.each(examples)("%s treats each frame of an animation as a still", async (query) => {
    const input = join(folder, "animated webp");
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(`${query}&lossless`, registry);
    const job = { input, inputFormat: "webp", output, format: "webp", steps } as const;
    const { pages } = await renderRecipe(job, registry, DEFAULT_LIMITS);
    expect(pages).toBe(ANIMATION.pages);
    const { delay, loop } = await sharp(output).metadata();
    expect({ delay, loop }).toEqual({ delay: [...ANIMATION.delay], loop: ANIMATION.loop });
    if (query.startsWith("normalize")) return;
    for (let page = 0; page < pages; page++) {
      const frame = await sharp(input, { page }).png().toBuffer();
      const expected = await renderStepByStep(frame, steps, registry);
      expect(psnr(await decodePixels(output, page), expected)).toBeGreaterThan(LEAST_PSNR);
    }
  });

  test("normalize stretches all frames of an animation alike", async () => {
    const size = { width: 16, height: 16 };
    const frame = (dark: number, light: number) =>
      Buffer.from(Array.from({ length: 16 * 16 * 3 }, (_, index) => (index < 384 ? dark : light)));
    const roll = Buffer.concat([frame(60, 120), frame(100, 180)]);
    const raw = { ...size, height: 32, channels: 3 as const, pageHeight: 16 };
    const input = join(folder, "two frames");
    await sharp(roll, { raw, animated: true }).webp({ lossless: true }).toFile(input);
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe("normalize=lower:0,upper:1&lossless", registry);
    await renderRecipe(
      { input, inputFormat: "webp", output, format: "webp", steps },
      registry,
      DEFAULT_LIMITS,
    );
    const [first, second] = await Promise.all([decodePixels(output, 0), decodePixels(output, 1)]);
    expect(first.data[0]).toBeLessThan(10);
    expect(first.data.at(-2)).toBeLessThan(150);
    expect(second.data[0]).toBeGreaterThan(60);
    expect(second.data.at(-2)).toBe(255);
  });

  const sizes = [
    [1, 1],
    [1, 40],
    [40, 1],
    [2, 3],
    [5000, 1],
    [3, 2000],
  ] as const;

  test.each(sizes)(
    "work on %d × %d pixels, with alpha, without, and grey",
    async (width, height) => {
      const bare = plugin.transforms.map(({ name }) => name).filter(readsBare);
      const extremes = [
        "blur=100",
        "sharpen=10,sigma:10",
        "median=25",
        "pixelate=1024",
        "clahe=16x16,slope:100",
      ];
      const pixels = Buffer.alloc(width * height * 4, 77);
      const image = () => sharp(pixels, { raw: { width, height, channels: 4 } });
      const sources = [image(), image().removeAlpha(), image().removeAlpha().greyscale()];
      for (const [index, source] of sources.entries()) {
        const input = join(folder, `${width}-${height}-${index}`);
        await source.png().toFile(input);
        for (const query of new Set([...examples, ...bare, ...extremes])) {
          if (query.includes("pct")) continue;
          const { steps } = parseUrlRecipe(query, registry);
          const output = `${input}-output`;
          const job = { input, inputFormat: "png", output, format: "png", steps } as const;
          expect(await renderRecipe(job, registry, DEFAULT_LIMITS)).toMatchObject({ width, height });
        }
      }
    },
    TIMEOUT,
  );

  function readsBare(name: string): boolean {
    try {
      return parseUrlRecipe(name, registry).steps.length === 1;
    } catch {
      return false;
    }
  }
});
