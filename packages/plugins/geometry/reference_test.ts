import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, type OutputFormat } from "@progimage/core";
import sharp, { type Sharp } from "sharp";
import {
  createRegistry,
  decodePixels,
  FIXTURE_SIZE,
  gradient,
  parseUrlRecipe,
  psnr,
  renderRecipe,
} from "@progimage/core/testing";
import plugin from "./mod.ts";
import { rotatedSize } from "./rotated_size.ts";

const registry = createRegistry([plugin]);

describe("transforms of geometry agree with sharp", () => {
  let folder: string;
  let png: Buffer;
  let photo: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-geometry-"));
    png = await sharp(gradient(FIXTURE_SIZE.width, FIXTURE_SIZE.height, 4), {
      raw: { ...FIXTURE_SIZE, channels: 4 },
    })
      .png()
      .toBuffer();
    const raw = { width: 900, height: 700, channels: 3 as const };
    photo = await sharp(gradient(900, 700, 3), { raw })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 90 })
      .toBuffer();
    await Bun.write(join(folder, "png"), png);
    await Bun.write(join(folder, "jpeg"), photo);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(
    query: string,
    inputFormat: "png" | "jpeg" = "png",
    format: OutputFormat = inputFormat,
  ): Promise<string> {
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(query, registry);
    await renderRecipe(
      { input: join(folder, inputFormat), inputFormat, output, format, steps },
      registry,
      DEFAULT_LIMITS,
    );
    return output;
  }

  const pairs: readonly (readonly [query: string, plain: (image: Sharp) => Sharp])[] = [
    ["resize=50x", (image) => image.resize(50)],
    ["resize=x20", (image) => image.resize(null, 20)],
    ["resize=40x40", (image) => image.resize(40, 40, { fit: "inside" })],
    ["resize=40x40,fit:outside", (image) => image.resize(40, 40, { fit: "outside" })],
    ["resize=40x40,fit:cover", (image) => image.resize(40, 40)],
    ["resize=40x40,fit:cover,gravity:northeast", (image) => image.resize(40, 40, { position: "northeast" })],
    ["resize=40x40,fit:cover,gravity:attention", (image) => image.resize(40, 40, { position: "attention" })],
    [
      "resize=40x40,fit:contain,background:0a08",
      (image) => image.resize(40, 40, { fit: "contain", background: "#00aa0088" }),
    ],
    [
      "resize=40x40,fit:contain,gravity:north",
      (image) => image.resize(40, 40, { fit: "contain", position: "north", background: "#0000" }),
    ],
    [
      "resize=40x40,fit:fill,kernel:nearest",
      (image) => image.resize(40, 40, { fit: "fill", kernel: "nearest" }),
    ],
    ["resize=200x200,enlarge", (image) => image.resize(200, 200, { fit: "inside" })],
    ["resize=20x10,dpr:2,fit:fill", (image) => image.resize(40, 20, { fit: "fill" })],
    ["resize=200x200", (image) => image],
    ["resize=200x30,fit:cover", (image) => image.extract({ left: 0, top: 16, width: 97, height: 30 })],
    ["crop=20x10,gravity:west", (image) => image.extract({ left: 0, top: 26, width: 20, height: 10 })],
    [
      "crop=x:90,y:-5,width:20,height:20",
      (image) => image.extract({ left: 90, top: 0, width: 7, height: 15 }),
    ],
    ["flip", (image) => image.flip()],
    ["flop", (image) => image.flop()],
    ["rotate=90", (image) => image.rotate(90)],
    ["rotate=-90", (image) => image.rotate(270)],
    ["rotate=360", (image) => image],
    ["rotate=auto", (image) => image],
    ["crop=aspect:1:1,gravity:east", (image) => image.extract({ left: 36, top: 0, width: 61, height: 61 })],
    [
      "crop=50pctx20pct,x:25pct,y:50pct",
      (image) => image.extract({ left: 24, top: 31, width: 49, height: 12 }),
    ],
    [
      "pad=top:3,right:5,bottom:7,left:9,background:0a08",
      (image) => image.extend({ top: 3, right: 5, bottom: 7, left: 9, background: "#00aa0088" }),
    ],
    ["rotate=33.5,background:tomato", (image) => image.rotate(33.5, { background: "tomato" })],
  ];

  test.each(pairs)("%s", async (query, plain) => {
    const expected = await decodePixels(await plain(sharp(png)).png().toBuffer());
    expect(psnr(await decodePixels(await render(query)), expected)).toBeGreaterThan(45);
  });

  test("a single resize of a JPEG returns the same bytes as sharp with shrink-on-load", async () => {
    const plain = await sharp(photo, { failOn: "error", autoOrient: true })
      .resize(100, 129, { fit: "fill", fastShrinkOnLoad: false })
      .jpeg({ quality: 80 })
      .toBuffer();
    const output = await render("resize=100x", "jpeg");
    expect(Buffer.compare(await Bun.file(output).bytes(), plain)).toBe(0);
  });

  test("a turn before a shrink keeps shrink-on-load too", async () => {
    const plain = sharp(photo, { failOn: "error", autoOrient: true })
      .resize(78, 100, { fit: "fill", fastShrinkOnLoad: false })
      .rotate(90);
    const output = await render("rotate=90&resize=100x", "jpeg");
    expect(Buffer.compare(await Bun.file(output).bytes(), await plain.jpeg({ quality: 80 }).toBuffer())).toBe(
      0,
    );
  });

  test("transparent corners are white in a JPEG", async () => {
    const { data } = await decodePixels(await render("rotate=45", "jpeg"));
    for (const value of data.subarray(0, 4)) expect(value).toBeGreaterThan(250);
  });

  test("rotatedSize() agrees with libvips", async () => {
    for (let angle = -359; angle < 360; angle += 37.3) {
      const size = { width: 30 + Math.abs(Math.round(angle)), height: 41 };
      const blank = sharp({ create: { ...size, channels: 3, background: "red" } }).rotate(angle);
      const { info } = await blank.raw().toBuffer({ resolveWithObject: true });
      expect({ angle, width: info.width, height: info.height }).toEqual({
        angle,
        ...rotatedSize(size, angle),
      });
    }
  });

  test.each([
    ["resize", "width"],
    ["resize=fit:cover", "width"],
    ["crop", "width"],
    ["crop=aspect:16x9", "aspect"],
    ["pad", "all"],
    ["pad=gravity:north", "all"],
    ["pad=-1", "all"],
    ["pad=5,aspect:1:1", "aspect"],
    ["pad=width:5,left:3", "width"],
    ["pad=aspect:wide", "aspect"],
    ["pad=5,mode:wrap", "mode"],
    ["trim=256", "threshold"],
    ["rotate=sideways", "angle"],
    ["resize=0x10", "width"],
    ["resize=9000x10", "width"],
    ["resize=10x10,fit:squeeze", "fit"],
    ["rotate", "angle"],
    ["rotate=361", "angle"],
    ["rotate=1e2", "angle"],
    ["resize=10x,background:nocolor", "background"],
  ])("%s is refused as its %s is wrong", (query, parameter) => {
    const error = expect.objectContaining({
      code: "invalid_parameter",
      details: expect.objectContaining({ parameter }),
    });
    expect(() => parseUrlRecipe(query, registry)).toThrow(error);
  });
});
