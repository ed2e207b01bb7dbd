import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DEFAULT_LIMITS,
  type OutputFormat,
  planDerivative,
  type RenderJob,
  renderOnce,
  type RenderOptions,
  Spool,
  spooledSource,
} from "@progimage/core";
import {
  ANIMATION,
  animationFixture,
  createRegistry,
  decodePixels,
  gradient,
  InlineRenderer,
  parseUrlRecipe,
  predictRecipe,
  probeImage,
  psnr,
  renderRecipe,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);
const SIZE = { width: 40, height: 30 };

describe("source steps", () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "progimage-source-"))));
  afterAll(async () => await rm(folder, { recursive: true }));

  /** Renders a file as a server does: with the traits of its probe. Checks the prediction. */
  async function render(bytes: Buffer, query: string, format: OutputFormat, limits = DEFAULT_LIMITS) {
    const [input, output] = [join(folder, crypto.randomUUID()), join(folder, crypto.randomUUID())];
    await Bun.write(input, bytes);
    const traits = await probeImage(input, DEFAULT_LIMITS);
    const { steps } = parseUrlRecipe(query, registry);
    const { size, pages } = predictRecipe({ steps, format }, traits, registry, limits);
    const job = { input, inputFormat: traits.format, traits, output, format, steps };
    const rendered = await renderRecipe(
      { ...job, settings: format === "jpeg" ? {} : { lossless: true } },
      registry,
      limits,
    );
    expect(pages).toBe(rendered.pages);
    expect(await probeImage(output, DEFAULT_LIMITS)).toMatchObject({
      width: rendered.width,
      height: rendered.height,
    });
    if (size !== "unknown") expect(rendered).toMatchObject(size);
    return {
      rendered,
      pixels: await decodePixels(output),
      file: Buffer.from(await Bun.file(output).bytes()),
    };
  }

  test("animate=false keeps the first frame of an animation only", async () => {
    for (const format of ["gif", "webp"] as const) {
      const { bytes } = await animationFixture(format);
      const { rendered, pixels } = await render(bytes, "animate=false", "webp");
      expect(rendered.pages).toBe(1);
      expect(psnr(pixels, await decodePixels(bytes, 0))).toBeGreaterThan(50);
      expect((await render(bytes, "animate", "webp")).rendered.pages).toBe(ANIMATION.pages);
    }
  });

  test("page opens one frame of an animation", async () => {
    const { bytes } = await animationFixture("webp");
    for (const number of [1, 2, ANIMATION.pages]) {
      const { rendered, pixels } = await render(bytes, `page=${number}`, "png");
      expect(rendered.pages).toBe(1);
      expect(psnr(pixels, await decodePixels(bytes, number - 1))).toBeGreaterThan(50);
    }
    expect((await render(bytes, "page=2", "webp")).rendered.pages).toBe(1);
  });

  test("page opens a page of a TIFF, which has a size of its own", async () => {
    const bytes = greyTiff([
      { width: 8, height: 6, level: 40 },
      { width: 5, height: 9, level: 200 },
    ]);
    const first = await render(bytes, "page=1", "png");
    expect([first.rendered.width, first.rendered.height, first.pixels.data[0]]).toEqual([8, 6, 40]);
    const second = await render(bytes, "page=2", "png");
    expect([second.rendered.width, second.rendered.height, second.pixels.data[0]]).toEqual([5, 9, 200]);
  });

  /** Plans a render and carries it out. Returns the plan and the job that the renderer gets. */
  async function plan(bytes: Buffer, query: string) {
    const jobs: (RenderJob & RenderOptions)[] = [];
    const renderer = new (class extends InlineRenderer {
      override render(job: RenderJob, options: RenderOptions = {}) {
        jobs.push({ ...options, ...job });
        return super.render(job);
      }
    })(registry, DEFAULT_LIMITS);
    const path = join(folder, crypto.randomUUID());
    await Bun.write(path, bytes);
    const ports = { limits: DEFAULT_LIMITS, owner: "", renderer, transforms: registry };
    const source = await spooledSource(ports, { path, sha256: "a".repeat(64) });
    const { steps } = parseUrlRecipe(query, registry);
    const planned = await planDerivative(ports, source, { steps, format: "png" }, () => Promise.reject());
    await using _file = await renderOnce(ports, planned, new Spool(folder, { capacity: 1e9 }));
    return jobs[0];
  }

  test("page tells the renderer that no probe has decoded the page", async () => {
    const pages = [8, 5].map((width) => ({ width, height: 6, level: 40 }));
    const { bytes: animation } = await animationFixture("gif");
    expect((await plan(greyTiff(pages), "page=1"))?.isUnprobed).toBe(false);
    expect((await plan(greyTiff(pages), "page=2"))?.isUnprobed).toBe(true);
    expect((await plan(animation, "page=2"))?.isUnprobed).toBe(false);
  });

  test("page is planned as the largest page that an input may have, unless a probe has decoded it", async () => {
    const pages = [8, 5].map((width) => ({ width, height: 6, level: 40 }));
    const [first, second] = [await plan(greyTiff(pages), "page=1"), await plan(greyTiff(pages), "page=2")];
    expect(first?.memory).toBeLessThan(100_000_000);
    expect(second?.memory).toBeGreaterThan(DEFAULT_LIMITS.outputPixels * 9);
    expect(second?.cost).toBeGreaterThan(1_000);
    expect(second?.leastCost).toBe(0);
  });

  test.each([
    ["too_many_pixels", "wide and high: it is 5 × 9", { height: 9 }, { inputSide: 8 }],
    ["too_many_pixels", "it has 45", { height: 9 }, { inputPixels: 44 }],
    ["unsupported_media", "its channels are floating-point numbers", { bits: 32, sampleFormat: 3 }, {}],
    ["unsupported_media", "its channels are numbers of 32 bits", { bits: 32 }, {}],
    ["unsupported_media", "its compression has the number 999", { compression: 999 }, {}],
    ["broken_image", "Cannot decode TIFF as its bytes are broken", { compression: 8 }, {}],
  ])("page refuses a page as %s if %s", async (code, message, page, limits) => {
    const [first, second] = [
      { width: 8, height: 5, level: 40 },
      { width: 5, height: 5, level: 200 },
    ];
    const bytes = greyTiff([first, { ...second, ...page }]);
    const rendering = render(bytes, "page=2", "png", { ...DEFAULT_LIMITS, ...limits });
    await expect(rendering).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test("page refuses a page that the image does not have", async () => {
    const { bytes } = await animationFixture("gif");
    await expect(render(bytes, "page=5", "png")).rejects.toMatchObject({
      code: "invalid_parameter",
      details: { parameter: "page" },
    });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "orient=false leaves pixels as stored, with orientation %d",
    async (orientation) => {
      const stored = sharp(gradient(SIZE.width, SIZE.height, 3), { raw: { ...SIZE, channels: 3 } });
      const bytes = await stored.withMetadata({ orientation }).png().toBuffer();
      const { rendered, pixels } = await render(bytes, "orient=false", "png");
      expect(rendered).toMatchObject(SIZE);
      const upright = await stored.clone().withMetadata({ orientation: 1 }).png().toBuffer();
      expect(psnr(pixels, await decodePixels(upright))).toBe(Infinity);
      for (const format of ["avif", "jpeg", "webp"] as const)
        expect((await render(bytes, "orient=false", format)).rendered).toMatchObject(SIZE);
      const turned = await render(bytes, "orient", "png");
      expect(turned.rendered.width).toBe(orientation > 4 ? SIZE.height : SIZE.width);
    },
  );
});

interface GreyPage {
  readonly width: number;
  readonly height: number;
  readonly level: number;
  /** @default {8} */
  readonly bits?: number;
  /** 1 for unsigned, 3 for floating-point numbers. @default {1} */
  readonly sampleFormat?: number;
  /** 1 for none. The pixels are not compressed, so that others break the page. @default {1} */
  readonly compression?: number;
}

/** Returns a TIFF with pages of one grey level. @see https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
function greyTiff(pages: readonly GreyPage[]): Buffer {
  const ENTRIES = 9;
  const directoryBytes = 2 + ENTRIES * 12 + 4;
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0])];
  let at = 8;
  for (const [index, page] of pages.entries()) {
    const { width, height, level, bits = 8, sampleFormat = 1, compression = 1 } = page;
    const pixels = Buffer.alloc((width * height * bits) / 8, level);
    const entries = [
      ...[
        [256, width],
        [257, height],
        [258, bits],
        [259, compression],
        [262, 1],
      ],
      ...[
        [273, at + directoryBytes],
        [278, height],
        [279, pixels.length],
        [339, sampleFormat],
      ],
    ] as const;
    const directory = Buffer.alloc(directoryBytes);
    directory.writeUInt16LE(ENTRIES, 0);
    for (const [place, [tag = 0, value = 0]] of entries.entries()) {
      directory.writeUInt16LE(tag, 2 + place * 12);
      directory.writeUInt16LE(4, 4 + place * 12);
      directory.writeUInt32LE(1, 6 + place * 12);
      directory.writeUInt32LE(value, 10 + place * 12);
    }
    at += directoryBytes + pixels.length;
    directory.writeUInt32LE(index === pages.length - 1 ? 0 : at, directoryBytes - 4);
    parts.push(directory, pixels);
  }
  return Buffer.concat(parts);
}
