import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, loadPlugins, parseUrlRecipe } from "@progimage/core";
import {
  animationFixture,
  decodePixels,
  orderLikeness,
  psnr,
  randomNumbers,
  renderRecipe,
  renderStepByStep,
  sampleImages,
  stillFixtures,
} from "@progimage/core/testing";
import sharp from "sharp";
import { BUILT_IN } from "../compose/plugin_modules.ts";

const registry = await loadPlugins(BUILT_IN);
const RECIPES = process.env["PROGIMAGE_LONG_TESTS"] === "true" ? 600 : 60;
const LEAST_PSNR = 40;
const TIMEOUT = 600_000;

/** Transforms that amplify a rounding difference: one level at an edge changes a whole tile or level. */
const JUMPY = new Set(["threshold", "posterize", "clahe", "normalize", "edge", "emboss", "trim", "duotone"]);

/** Transforms that depend on the first frame, or on all of them. */
const LOOKS_AT_FRAMES = /trim|attention|entropy|focal/;

/** The plugin whose steps set how a source is opened, wherever they stand. */
const SOURCES = "@progimage/plugin-source";

/** Every example of every pixel transform, and some more geometry. */
const STEPS = [
  ...registry
    .describe()
    .filter(({ isOutput, name, plugin }) => !isOutput && plugin !== SOURCES && !JUMPY.has(name))
    .flatMap(({ examples }) => examples),
  "resize=40x40,fit:cover",
  "resize=60x20,fit:fill",
  "resize=50x",
  "rotate=90",
  "rotate=180",
  "flip",
  "flop",
];

describe("recipes of all built-in transforms keep the caller's order", () => {
  let folder: string;
  let images: Awaited<ReturnType<typeof sampleImages>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-order-"));
    images = await sampleImages(folder);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  /** Returns random recipes of two to five steps, always the same for a seed. */
  function recipes(seed: number, steps: readonly string[], count: number): readonly string[] {
    const random = randomNumbers(seed);
    const pick = () => steps[Math.floor(random() * steps.length)] ?? "flip";
    return Array.from({ length: count }, () =>
      Array.from({ length: 2 + Math.floor(random() * 4) }, pick).join("&"),
    );
  }

  async function renderAnimation(input: string, query: string) {
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(query, registry);
    const settings = { lossless: true, quality: 100, effort: 0 };
    const job = { input, inputFormat: "webp", output, format: "webp", steps, images, settings } as const;
    await renderRecipe(job, registry, DEFAULT_LIMITS);
    return { output, steps };
  }

  test(
    "of stills",
    async () => {
      const stills = (await stillFixtures()).filter(({ name }) => name === "rgb" || name === "rgba");
      let compared = 0;
      for (const [index, query] of recipes(20_261_124, STEPS, RECIPES).entries()) {
        const source = stills[index % stills.length];
        const input = join(folder, source?.name ?? "");
        await Bun.write(input, source?.bytes ?? "");
        const { steps } = parseUrlRecipe(query, registry);
        const output = join(folder, crypto.randomUUID());
        const job = { input, inputFormat: "png", output, steps, images } as const;
        const likeness = await orderLikeness(job, registry).catch(refused);
        if (likeness === null) continue;
        if (likeness < LEAST_PSNR) throw new Error(`${query} on ${source?.name}: ${likeness} dB`);
        compared++;
      }
      expect(compared).toBeGreaterThan(RECIPES / 2);
    },
    TIMEOUT,
  );

  test(
    "of animations",
    async () => {
      const { bytes } = await animationFixture("webp");
      const input = join(folder, "animation");
      await Bun.write(input, bytes);
      const frames = await Promise.all(
        [0, 1].map((page) => sharp(bytes, { page }).png({ compressionLevel: 0 }).toBuffer()),
      );
      const steps = STEPS.filter((step) => !LOOKS_AT_FRAMES.test(step));
      let compared = 0;
      for (const query of recipes(20_261_125, steps, RECIPES / 2)) {
        const rendered = await renderAnimation(input, query).catch(refused);
        if (!rendered) continue;
        for (const [page, frame] of frames.entries()) {
          const found = await decodePixels(rendered.output, page);
          const likeness = psnr(found, await renderStepByStep(frame, rendered.steps, registry, images));
          if (likeness < LEAST_PSNR) throw new Error(`${query} on frame ${page}: ${likeness} dB`);
        }
        compared++;
      }
      expect(compared).toBeGreaterThan(RECIPES / 4);
    },
    TIMEOUT,
  );
});

/** A crop may lie outside the result of the steps before it. */
function refused(error: unknown): null {
  if (error instanceof Error && (error as { code?: string }).code === "invalid_parameter") return null;
  throw error;
}
