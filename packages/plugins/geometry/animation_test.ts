import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, type OutputFormat } from "@progimage/core";
import { definePlugin, defineTransform } from "@progimage/core/plugin";
import sharp from "sharp";
import {
  ANIMATION,
  animationFixture,
  createRegistry,
  decodePixels,
  parseUrlRecipe,
  psnr,
  renderRecipe,
  renderStepByStep,
  type SourceFixture,
} from "@progimage/core/testing";
import plugin from "./mod.ts";

const lossless = defineTransform({
  name: "lossless",
  version: 1,
  summary: "Loses nothing",
  params: {},
  stage: "output",
  encode: (settings) => ({ ...settings, lossless: true }),
});
const registry = createRegistry([plugin, definePlugin({ name: "@progimage/test", transforms: [lossless] })]);

/** Shrinks run on all frames at once, so edges blend slightly with the adjacent frame. */
const LEAST_PSNR = 38;

describe("recipes of geometry on animations", () => {
  let folder: string;
  let webp: SourceFixture;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-animation-"));
    webp = await animationFixture("webp");
    await Bun.write(join(folder, "webp"), webp.bytes);
    await Bun.write(join(folder, "gif"), (await animationFixture("gif")).bytes);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(query: string, format: OutputFormat, inputFormat: "gif" | "webp" = "webp") {
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(`${query}&lossless`, registry);
    const job = { input: join(folder, inputFormat), inputFormat, output, format, steps };
    return { output, steps, rendered: await renderRecipe(job, registry, DEFAULT_LIMITS) };
  }

  const queries = [
    "",
    "flip",
    "flop",
    "rotate=180",
    "rotate=90",
    "rotate=30,background:red",
    "resize=20x",
    "resize=80x,enlarge",
    "resize=20x20,fit:cover",
    "resize=30x30,fit:contain,background:00f",
    "crop=x:3,y:2,width:20,height:15",
    "pad=5,background:red",
    "pad=aspect:2,mode:mirror",
    "pad=5,mode:copy&flip",
    "pad=aspect:2,mode:blur",
    "flip&resize=20x&rotate=90&flop",
    "resize=30x&crop=20x10&flip",
  ];

  test.each(queries)("%s keeps frames, their order, delays and loop", async (query) => {
    const { output, steps, rendered } = await render(query, "webp");
    expect(rendered.pages).toBe(ANIMATION.pages);
    const metadata = await sharp(output).metadata();
    expect(metadata).toMatchObject({
      format: "webp",
      pages: ANIMATION.pages,
      delay: [...ANIMATION.delay],
      loop: ANIMATION.loop,
    });
    for (let page = 0; page < ANIMATION.pages; page++) {
      const frame = await sharp(webp.bytes, { page }).png().toBuffer();
      const expected = await renderStepByStep(frame, steps, registry);
      const found = await decodePixels(output, page);
      expect(rendered).toMatchObject({ width: expected.width, height: expected.height });
      expect(psnr(found, expected)).toBeGreaterThan(LEAST_PSNR);
    }
  });

  test.each([
    "resize=20x20,fit:cover,gravity:attention",
    "crop=20x10,gravity:entropy",
    "resize=20x90,fit:cover,gravity:entropy,enlarge",
  ])("%s cuts all frames at the same place", async (query) => {
    const { output, rendered } = await render(query, "gif");
    expect(rendered).toMatchObject({ width: 20, pages: ANIMATION.pages });
    expect(await sharp(output).metadata()).toMatchObject({
      pages: ANIMATION.pages,
      delay: [...ANIMATION.delay],
    });
  });

  test("GIF becomes WebP and stays an animation", async () => {
    const { output, rendered } = await render("resize=30x&flip", "webp", "gif");
    expect(rendered).toMatchObject({ width: 30, height: 21, pages: ANIMATION.pages });
    expect(await sharp(output).metadata()).toMatchObject({
      delay: [...ANIMATION.delay],
      loop: ANIMATION.loop,
    });
  });

  test.each(["png", "avif", "tiff"] as const)("the first frame alone becomes %s", async (format) => {
    const { output, rendered } = await render("flip", format);
    expect(rendered).toMatchObject({ width: ANIMATION.width, height: ANIMATION.height, pages: 1 });
    expect((await sharp(output).metadata()).height).toBe(ANIMATION.height);
  });
});
