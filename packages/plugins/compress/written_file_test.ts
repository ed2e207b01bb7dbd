import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import { type OutputFormat } from "@progimage/core/plugin";
import {
  ANIMATION,
  animationFixture,
  createRegistry,
  decodePixels,
  gradient,
  parseUrlRecipe,
  psnr,
  randomNumbers,
  renderRecipe,
  samplePhoto,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);
const SIZE = { width: 300, height: 200 } as const;

describe("a file that compress wrote", () => {
  let folder: string;
  let photo: Buffer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-compress-"));
    photo = await samplePhoto();
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(
    query: string,
    format: OutputFormat,
    bytes: Uint8Array = photo,
    inputFormat: "png" | "webp" | "jpeg" = "png",
  ) {
    const [input, output] = [join(folder, crypto.randomUUID()), join(folder, crypto.randomUUID())];
    await Bun.write(input, bytes);
    const { steps } = parseUrlRecipe(query, registry);
    const job = { input, inputFormat, output, format, steps };
    const rendered = await renderRecipe(job, registry, DEFAULT_LIMITS);
    return { output, rendered, metadata: await sharp(output, { animated: true }).metadata() };
  }

  test.each(["jpeg", "png"] as const)("is progressive if requested: %s", async (format) => {
    expect((await render("compress=progressive:true", format)).metadata.isProgressive).toBe(true);
    expect((await render("compress=progressive:false", format)).metadata.isProgressive).toBe(false);
  });

  test("is an interlaced GIF if requested", async () => {
    const { output } = await render("compress=progressive:true", "gif");
    const { output: plain } = await render("compress", "gif");
    expect([interlacing(await Bun.file(output).bytes()), interlacing(await Bun.file(plain).bytes())]).toEqual(
      [true, false],
    );
  });

  test("is not progressive if that is requested, despite a high effort", async () => {
    expect((await render("compress=effort:6", "jpeg")).metadata.isProgressive).toBe(true);
    expect((await render("compress=effort:6,progressive:false", "jpeg")).metadata.isProgressive).toBe(false);
  });

  test.each(["jpeg", "avif"] as const)("has colours of the requested resolution: %s", async (format) => {
    for (const chroma of ["420", "444"]) {
      const { output, metadata } = await render(`compress=90,chroma:${chroma}`, format);
      // AVIF has no such metadata, but its colours show it: an edge between red and blue blurs at half resolution.
      if (format === "jpeg") expect(metadata.chromaSubsampling).toBe([...chroma].join(":"));
      expect(output).toBeString();
    }
    const edges = await stripes();
    const half = await render("compress=90,chroma:420", format, edges);
    const full = await render("compress=90,chroma:444", format, edges);
    const original = await decodePixels(edges);
    const [worse, better] = [
      psnr(await decodePixels(half.output), original),
      psnr(await decodePixels(full.output), original),
    ];
    expect(better).toBeGreaterThan(worse + 6);
  });

  test("has sharper colours as WebP if full resolution is requested", async () => {
    const words = await redOnBlue();
    const plain = await render("compress=90", "webp", words);
    const sharper = await render("compress=90,chroma:444", "webp", words);
    const [worse, better] = [
      await luminanceError(words, plain.output),
      await luminanceError(words, sharper.output),
    ];
    expect(better).toBeLessThan(worse / 2);
  });

  test("has a palette of the given number of colours, or of the next larger size", async () => {
    const cases = [
      [2, 2],
      [3, 4],
      [16, 16],
      [200, 256],
    ] as const;
    for (const [colors, most] of cases) {
      const png = await render(`compress=colors:${colors}`, "png");
      expect(png.metadata).toMatchObject({ isPalette: true, bitsPerSample: Math.log2(most) });
      const gif = await render(`compress=colors:${colors}`, "gif");
      for (const { output } of [png, gif]) {
        expect(await countColors(output)).toBeLessThanOrEqual(most);
        expect(await countColors(output)).toBeGreaterThan(most / 2);
      }
    }
    expect((await render("compress", "png")).metadata.isPalette).toBe(false);
  });

  test("takes fewer bytes for lower targets", async () => {
    for (const format of ["jpeg", "webp", "avif"] as const) {
      const sizes: number[] = [];
      for (const target of ["visually-lossless", "high", "medium", "low"])
        sizes.push((await render(`compress=target:${target}`, format)).rendered.bytes);
      expect(sizes).toEqual([...new Set(sizes)].sort((one, other) => other - one));
    }
  });

  test("has fewer colours for lower targets of PNG, and all of them for the highest", async () => {
    const counts: number[] = [];
    for (const target of ["visually-lossless", "high", "medium", "low"])
      counts.push(await countColors((await render(`compress=target:${target}`, "png")).output));
    expect(counts[0]).toBe(await countColors(photo));
    expect(counts).toEqual([...new Set(counts)].sort((one, other) => other - one));
  });

  test.each(["jpeg", "webp", "avif"] as const)("keeps to a budget and comes near it: %s", async (format) => {
    for (const picture of [photo, await flat(), await noise()]) {
      const most = (await render("compress=85", format, picture)).rendered.bytes;
      const least = (await render("compress=1", format, picture)).rendered.bytes;
      for (const part of [0.35, 0.6, 0.9]) {
        const maxBytes = Math.round(least + part * (most - least));
        const { output, rendered } = await render(`compress=85,maxBytes:${maxBytes}`, format, picture);
        expect(rendered.bytes).toBe(Bun.file(output).size);
        expect(rendered.bytes).toBeLessThanOrEqual(maxBytes);
        // The size of flat pictures changes by more than a tenth from one quality to the next.
        if (picture === photo) expect(rendered.bytes).toBeGreaterThanOrEqual(0.9 * maxBytes);
        else expect(rendered.bytes).toBeGreaterThanOrEqual(least);
      }
    }
  });

  test("equals the result of the quality alone if that fits", async () => {
    const { output } = await render("compress=70", "jpeg");
    const { output: limited } = await render("compress=70,maxBytes:1000000", "jpeg");
    expect(Buffer.compare(await Bun.file(output).bytes(), await Bun.file(limited).bytes())).toBe(0);
  });

  test("is never larger than the result of the quality alone", async () => {
    const { rendered } = await render("compress=40", "webp");
    const limited = await render(`compress=40,maxBytes:${rendered.bytes - 1}`, "webp");
    expect(limited.rendered.bytes).toBeLessThan(rendered.bytes);
  });

  test("is an animation within its budget", async () => {
    const { bytes } = await animationFixture("webp");
    const most = (await render("compress=85", "webp", bytes, "webp")).rendered.bytes;
    const maxBytes = Math.round(most * 0.7);
    const { rendered, metadata } = await render(`compress=85,maxBytes:${maxBytes}`, "webp", bytes, "webp");
    expect(rendered.bytes).toBeLessThanOrEqual(maxBytes);
    expect(rendered).toMatchObject({ pages: ANIMATION.pages, height: ANIMATION.height });
    expect(metadata).toMatchObject({
      pages: ANIMATION.pages,
      delay: [...ANIMATION.delay],
      loop: ANIMATION.loop,
    });
  });

  test("keeps alpha within a budget", async () => {
    const clear = await sharp(gradient(120, 80, 4), { raw: { width: 120, height: 80, channels: 4 } })
      .png()
      .toBuffer();
    const { rendered, metadata, output } = await render("compress=maxBytes:2500", "webp", clear);
    expect(rendered.bytes).toBeLessThanOrEqual(2500);
    expect(metadata.hasAlpha).toBe(true);
    expect(psnr(await decodePixels(output), await decodePixels(clear))).toBeGreaterThan(25);
  });

  test("does not exist if the budget is too small: the error names the smallest size", async () => {
    for (const format of ["jpeg", "webp", "avif"] as const) {
      const least = (await render("compress=1", format)).rendered.bytes;
      await expect(render("compress=maxBytes:100", format)).rejects.toMatchObject({
        name: "ProgImageError",
        code: "does_not_fit",
        details: { smallest: least },
      });
    }
  });

  async function flat(): Promise<Buffer> {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}"><rect width="100%" height="100%" fill="#fff"/><circle cx="100" cy="100" r="70" fill="#c33"/><path d="M180 20h90v150z" fill="#036"/></svg>`;
    return await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
  }
});

/** The hardest picture to encode: no pixel predicts the next. */
async function noise(): Promise<Buffer> {
  const random = randomNumbers(7);
  const pixels = Buffer.from(Array.from({ length: SIZE.width * SIZE.height * 3 }, () => random() * 256));
  return await sharp(pixels, { raw: { ...SIZE, channels: 3 } })
    .png()
    .toBuffer();
}

/** Returns red and blue of about the same brightness, in stripes one pixel wide. */
async function stripes(): Promise<Buffer> {
  const pixels = Buffer.alloc(64 * 64 * 3);
  for (let index = 0; index < 64 * 64; index++)
    pixels.set(index % 2 ? [220, 40, 40] : [40, 70, 240], index * 3);
  return await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
}

/** Returns a picture in which colours at half resolution make edges darker. */
async function redOnBlue(): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><rect width="100%" height="100%" fill="#00f"/><path d="M10 90L50 10 90 90 130 10 170 90" stroke="#f00" stroke-width="5" fill="none"/></svg>`;
  return await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}

/** Returns the mean squared difference of relative luminance. @see https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
async function luminanceError(one: Buffer, other: string): Promise<number> {
  const [first, second] = [await luminances(one), await luminances(other)];
  return first.reduce((sum, value, index) => sum + (value - (second[index] ?? 0)) ** 2, 0) / first.length;
}

async function luminances(input: Buffer | string): Promise<readonly number[]> {
  const { data } = await decodePixels(input);
  const linear = (value = 0) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return Array.from(
    { length: data.length / 4 },
    (_, index) =>
      0.2126 * linear(data[index * 4]) +
      0.7152 * linear(data[index * 4 + 1]) +
      0.0722 * linear(data[index * 4 + 2]),
  );
}

async function countColors(input: Buffer | string): Promise<number> {
  const { data } = await decodePixels(input);
  return new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)).size;
}

/** Reads the flag of the first image descriptor. @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt § 20 */
function interlacing(gif: Uint8Array): boolean {
  let at = 13 + tableBytes(gif[10] ?? 0);
  while (gif[at] === 0x21) {
    at += 2;
    while (gif[at]) at += (gif[at] ?? 0) + 1;
    at += 1;
  }
  return ((gif[at + 9] ?? 0) & 0x40) !== 0;
}

function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
