import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Limits, DEFAULT_LIMITS } from "../limits.ts";
import { probeImage } from "./probe_image.ts";
import { sharp } from "./sharp_setup.ts";
import { ANIMATION, animationFixture, gradient, stillFixtures } from "./source_fixtures.ts";

const SVG =
  '<?xml version="1.0"?><!-- hello --><svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#0a0"/></svg>';

describe("probeImage()", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-probe-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function probe(bytes: string | Uint8Array, limits: Partial<Limits> = {}) {
    const path = join(folder, crypto.randomUUID());
    await Bun.write(path, bytes);
    return await probeImage(path, { ...DEFAULT_LIMITS, ...limits });
  }

  function picture(width = 120, height = 80) {
    return sharp(gradient(width, height, 3), { raw: { width, height, channels: 3 } });
  }

  test.each(["jpeg", "png", "webp", "avif", "gif", "tiff"] as const)("knows %s", async (format) => {
    expect(await probe(await picture().toFormat(format).toBuffer())).toMatchObject({
      format,
      width: 120,
      height: 80,
      pages: 1,
      hasAlpha: false,
      orientation: 1,
    });
  });

  test("knows SVG", async () => {
    expect(await probe(SVG)).toMatchObject({
      format: "svg",
      width: 40,
      height: 20,
      hasAlpha: true,
      dominantColor: "#00aa00",
    });
  });

  test("knows alpha, colour spaces and orientation", async () => {
    const probes = Object.fromEntries(
      await Promise.all(
        (await stillFixtures()).map(async ({ name, bytes }) => [name, await probe(bytes)] as const),
      ),
    );
    expect(probes["rgba"]).toMatchObject({ hasAlpha: true, colorSpace: "srgb" });
    expect(probes["grey"]).toMatchObject({ hasAlpha: false, colorSpace: "b-w" });
    expect(probes["grey with alpha"]).toMatchObject({ hasAlpha: true, colorSpace: "b-w" });
    expect(probes["rgba of 16 bits"]).toMatchObject({ colorSpace: "rgb16" });
    expect(probes["cmyk"]).toMatchObject({ colorSpace: "cmyk", format: "tiff" });
    expect(probes["turned"]).toMatchObject({ width: 97, height: 61, orientation: 8 });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("gives the size as seen for orientation %d", async (orientation) => {
    for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
      const bytes = await picture(30, 20).withMetadata({ orientation }).toFormat(format).toBuffer();
      expect(await probe(bytes)).toMatchObject({
        orientation,
        ...(orientation > 4 ? { width: 20, height: 30 } : { width: 30, height: 20 }),
      });
    }
  });

  test.each(["gif", "webp"] as const)(
    "counts the frames of animated %s and gives the size of one",
    async (format) => {
      const { width, height, pages } = ANIMATION;
      expect(await probe((await animationFixture(format)).bytes)).toMatchObject({
        format,
        width,
        height,
        pages,
        durationMs: 500,
      });
    },
  );

  test("gives a ThumbHash and a colour", async () => {
    const { thumbhash, dominantColor } = await probe(
      await sharp({ create: { width: 50, height: 50, channels: 3, background: "#3366cc" } })
        .png()
        .toBuffer(),
    );
    expect(dominantColor).toBe("#3366cc");
    expect(Buffer.from(thumbhash, "base64").toString("base64")).toBe(thumbhash);
    expect(thumbhash.length).toBeGreaterThan(8);
  });

  test("rejects a file that is no image", async () => {
    for (const bytes of [
      "",
      "hello",
      "GIF",
      "%PDF-1.7",
      "BM" + "\0".repeat(60),
      "<html><body>svg</body></html>",
    ]) {
      await expect(probe(bytes)).rejects.toMatchObject({ name: "ProgImageError", code: "unsupported_media" });
    }
  });

  test("rejects a truncated file", async () => {
    // Not TIFF: its directory may be at the end of the file, and without it the file is no TIFF at all.
    for (const format of ["jpeg", "png", "webp", "avif", "gif"] as const) {
      const noise = sharp({
        create: {
          width: 200,
          height: 200,
          channels: 3,
          background: "red",
          noise: { type: "gaussian", mean: 128, sigma: 60 },
        },
      });
      const bytes = await noise.toFormat(format).toBuffer();
      const error = await probe(bytes.subarray(0, bytes.length * 0.6)).catch((caught: unknown) => caught);
      expect({ format, code: (error as { code?: string }).code }).toEqual({ format, code: "broken_image" });
    }
    await expect(probe(SVG.slice(0, -10))).rejects.toMatchObject({ code: "broken_image" });
  });

  test("refuses an animation with a broken frame", async () => {
    const { bytes } = await animationFixture("webp");
    // The first frame is intact, the last one is not.
    const last = bytes.lastIndexOf("VP8L");
    await expect(probe(Buffer.from(bytes).fill(0xff, last + 8, bytes.length))).rejects.toMatchObject({
      code: "broken_image",
    });
  });

  test("checks every limit before it decodes", async () => {
    const png = await picture().png().toBuffer();
    const gif = (await animationFixture("gif")).bytes;
    const { width, height, pages } = ANIMATION;
    await expect(probe(png, { inputSide: 119 })).rejects.toMatchObject({
      code: "too_many_pixels",
      details: { limit: 119 },
    });
    await expect(probe(png, { inputPixels: 120 * 80 - 1 })).rejects.toMatchObject({
      code: "too_many_pixels",
    });
    await expect(probe(png, { inputSide: 120, inputPixels: 120 * 80 })).resolves.toMatchObject({
      width: 120,
    });
    await expect(probe(gif, { inputFrames: pages - 1 })).rejects.toMatchObject({ code: "too_many_pixels" });
    await expect(probe(gif, { inputPixels: width * height * pages - 1 })).rejects.toMatchObject({
      code: "too_many_pixels",
    });
    await expect(
      probe(gif, { inputFrames: pages, inputPixels: width * height * pages }),
    ).resolves.toMatchObject({
      pages,
    });
    await expect(probe(SVG, { svgBytes: 100 })).rejects.toMatchObject({
      code: "too_large",
      details: { limit: 100 },
    });
  });

  test("opens no SVG by path, nor a file that an SVG names", async () => {
    const secret = join(folder, "secret.png");
    await Bun.write(
      secret,
      await sharp({ create: { width: 9, height: 9, channels: 3, background: "#ff0000" } })
        .png()
        .toBuffer(),
    );
    const spy = join(folder, "spy.svg");
    const image = '<image xlink:href="secret.png" width="9" height="9"/>';
    await Bun.write(
      spy,
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">${image}</svg>`,
    );
    await expect(sharp(spy).metadata()).rejects.toThrow("unsupported image format");
    expect((await probeImage(spy, DEFAULT_LIMITS)).dominantColor).toBe("#ffffff");
  });
});
