import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, isProgImageError, type OutputFormat } from "@progimage/core";
import { type SourceFacts } from "@progimage/core/plugin";
import {
  ANIMATION,
  animationFixture,
  createRegistry,
  decodePixels,
  gradient,
  isOutputTransform,
  parseUrlRecipe,
  psnr,
  randomNumbers,
  renderRecipe,
  samplePhoto,
  stillFixtures,
  testFolder,
} from "@progimage/core/testing";
import sharp, { type Sharp } from "sharp";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);
type InputFormat = Parameters<typeof renderRecipe>[0]["inputFormat"];

async function render(
  bytes: Uint8Array,
  query: string,
  { inputFormat = "png", format = "png" }: { inputFormat?: InputFormat; format?: OutputFormat } = {},
): Promise<Buffer> {
  await using folder = await testFolder();
  const [input, output] = [`${folder.path}/input`, `${folder.path}/output`] as const;
  await Bun.write(input, bytes);
  const { steps } = parseUrlRecipe(query, registry);
  const settings = { lossless: format === "webp" };
  await renderRecipe({ input, inputFormat, output, format, steps, settings }, registry, DEFAULT_LIMITS);
  return Buffer.from(await Bun.file(output).bytes());
}

async function pictureOf(width: number, height: number, channels: 3 | 4 = 3): Promise<Buffer> {
  return await sharp(gradient(width, height, channels), { raw: { width, height, channels } })
    .png()
    .toBuffer();
}

function complete(query: string, facts: SourceFacts) {
  const [step] = parseUrlRecipe(query, registry).steps;
  return registry.get("thumbnail").complete?.(step?.params ?? {}, facts);
}

describe("thumbnail", () => {
  const pairs: readonly (readonly [query: string, plain: (image: Sharp) => Sharp])[] = [
    ["thumbnail=80x80,gravity:center", (image) => image.resize(80, 80)],
    ["thumbnail=80x80", (image) => image.resize(80, 80)],
    ["thumbnail=80", (image) => image.resize(80, 80)],
    ["thumbnail=60x30,gravity:north", (image) => image.resize(60, 30, { position: "north" })],
    ["thumbnail=20x80,gravity:southeast", (image) => image.resize(20, 80, { position: "southeast" })],
    ["thumbnail=40x30,dpr:2,gravity:west", (image) => image.resize(80, 60, { position: "west" })],
    ["thumbnail=80x80,gravity:attention", (image) => image.resize(80, 80, { position: "attention" })],
    ["thumbnail=20x80,gravity:entropy", (image) => image.resize(20, 80, { position: "entropy" })],
    ["thumbnail=400x400,gravity:east", (image) => image.resize(400, 400, { position: "east" })],
    [
      "thumbnail=80x80,focalX:0.6,focalY:0.2",
      (image) => image.resize(120, 80).extract({ left: 32, top: 0, width: 80, height: 80 }),
    ],
    [
      "thumbnail=60x80,gravity:north,focalX:0",
      (image) => image.resize(120, 80).extract({ left: 0, top: 0, width: 60, height: 80 }),
    ],
    [
      "thumbnail=400x200,enlarge:false",
      (image) => image.extract({ left: 0, top: 20, width: 240, height: 120 }),
    ],
    ["thumbnail=240x160", (image) => image],
  ];

  test.each(pairs)("%s agrees with sharp when it scales, then cuts", async (query, plain) => {
    const photo = await samplePhoto(240);
    const expected = await decodePixels(await plain(sharp(photo)).png().toBuffer());
    expect(psnr(await decodePixels(await render(photo, query)), expected)).toBe(Infinity);
  });

  test("gives exactly the box for every kind of source", async () => {
    for (const { name, bytes, format } of await stillFixtures()) {
      for (const gravity of ["focal", "attention", "northwest"]) {
        const output = await render(bytes, `thumbnail=33x44,gravity:${gravity}`, { inputFormat: format });
        expect({ name, ...(await sharp(output).metadata()) }).toMatchObject({ name, width: 33, height: 44 });
      }
    }
  });

  test("gives exactly the box for random images and boxes", async () => {
    const random = randomNumbers(9);
    const length = () => Math.ceil(Math.exp(random() * Math.log(400)));
    const gravities = ["focal", "attention", "entropy", "south"];
    for (let round = 0; round < 150; round++) {
      const [width, height] = [length(), length()];
      const png = await pictureOf(length(), length(), random() < 0.5 ? 3 : 4);
      const output = await render(png, `thumbnail=${width}x${height},gravity:${gravities[round % 4]}`);
      expect(await sharp(output).metadata()).toMatchObject({ width, height });
    }
  });

  test("keeps shrink-on-load: the same bytes as sharp", async () => {
    const raw = { width: 1200, height: 900, channels: 3 as const };
    const jpeg = await sharp(gradient(1200, 900, 3), { raw })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const options = { inputFormat: "jpeg", format: "jpeg" } as const;
    const found = await render(jpeg, "thumbnail=90x90,focalX:0.5,focalY:0.1", options);
    const plain = sharp(jpeg, { autoOrient: true, failOn: "error" })
      .resize(90, 120, { fit: "fill" })
      .extract({ left: 0, top: 0, width: 90, height: 90 });
    expect(Buffer.compare(found, await plain.jpeg({ quality: 80 }).toBuffer())).toBe(0);
  });

  test("shows transparency as it is", async () => {
    const clear = { width: 90, height: 60, channels: 4 as const, background: "#ff00ff00" };
    const half = { width: 45, height: 60, channels: 4 as const, background: "#ff0000" };
    const png = await sharp({ create: clear })
      .composite([{ input: { create: half }, left: 0, top: 0 }])
      .png()
      .toBuffer();
    const { data } = await decodePixels(await render(png, "thumbnail=20x20"));
    const middle = data.subarray(10 * 80, 11 * 80);
    expect([...middle.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    expect(middle[79]).toBe(0);
    // The red of a blended edge is no darker.
    for (let x = 0; x < 20; x++)
      if ((middle[x * 4 + 3] ?? 0) > 20) expect(middle[x * 4]).toBeGreaterThan(250);
  });

  test.each(["thumbnail=20x20,focalX:0.9", "thumbnail=60x30,gravity:north", "thumbnail=20x14"])(
    "%s keeps the frames of an animation",
    async (query) => {
      const { bytes } = await animationFixture("webp");
      const output = await render(bytes, query, { inputFormat: "webp", format: "webp" });
      expect(await sharp(output).metadata()).toMatchObject({
        pages: ANIMATION.pages,
        delay: [...ANIMATION.delay],
        loop: ANIMATION.loop,
      });
      for (let page = 0; page < ANIMATION.pages; page++) {
        const frame = await sharp(bytes, { page }).png().toBuffer();
        const expected = await decodePixels(await render(frame, query));
        expect(psnr(await decodePixels(output, page), expected)).toBeGreaterThan(38);
      }
    },
  );

  test.each(["attention", "entropy"])("cuts all frames at one place by %s", async (gravity) => {
    // The eye-catching part jumps from left to right; the background does not, and shows where each frame was cut.
    const size = { width: 120, height: 40 };
    const frames = [100, 10].map((spot) => {
      const pixels = Buffer.alloc(size.width * size.height * 3, 0);
      for (let offset = 0; offset < pixels.length; offset += 3)
        pixels[offset + 2] = (offset / 3) % size.width;
      for (let y = 12; y < 28; y++) {
        pixels.fill(Buffer.from([255, 80, 40]), (y * 120 + spot) * 3, (y * 120 + spot + 12) * 3);
      }
      return pixels;
    });
    const raw = { width: 120, height: 80, channels: 3 as const, pageHeight: 40 };
    const webp = await sharp(Buffer.concat(frames), { raw, animated: true })
      .webp({ lossless: true })
      .toBuffer();
    const output = await render(webp, `thumbnail=40x40,gravity:${gravity}`, {
      inputFormat: "webp",
      format: "webp",
    });
    const [first, second] = [await decodePixels(output, 0), await decodePixels(output, 1)];
    expect(first.data.subarray(0, 4)).toEqual(second.data.subarray(0, 4));
    expect(first.data.includes(Buffer.from([255, 80, 40, 255]))).toBe(true);
    expect(second.data.includes(Buffer.from([255, 80, 40, 255]))).toBe(false);
  });

  test.each([
    [1, 1],
    [1, 300],
    [10_000, 1],
    [2, 7000],
  ] as const)("gives the box for %d × %d pixels, and soon", async (width, height) => {
    const png = await pictureOf(width, height, 4);
    for (const gravity of ["focal", "attention", "entropy"]) {
      const start = performance.now();
      const output = await render(png, `thumbnail=320x240,gravity:${gravity}`);
      expect(await sharp(output).metadata()).toMatchObject({ width: 320, height: 240 });
      // Searching the enlargement took half a minute.
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });

  test("rejects a size that no library can enlarge to", async () => {
    const png = await pictureOf(10_000, 1);
    const error = await render(png, "thumbnail=1001").catch((reason: unknown) => reason);
    expect(isProgImageError(error) && error.details).toEqual({ parameter: "enlarge" });
    expect(await sharp(await render(png, "thumbnail=1001,enlarge:false")).metadata()).toMatchObject({
      width: 1,
      height: 1,
    });
  });

  test.each([
    ["thumbnail", "width"],
    ["thumbnail=gravity:north", "width"],
    ["thumbnail=1010,focalX:1.1", "focalX"],
    ["thumbnail=1010,focalY:-0.1", "focalY"],
    ["thumbnail=1010,gravity:up", "gravity"],
    ["thumbnail=0x10", "width"],
    ["thumbnail=9000", "width"],
    ["thumbnail=100x", "height"],
    ["thumbnail=x100", "width"],
  ])("%s is refused as its %s is wrong", (query, parameter) => {
    expect(() => parseUrlRecipe(query, registry)).toThrow(
      expect.objectContaining({
        code: "invalid_parameter",
        details: expect.objectContaining({ parameter }),
      }),
    );
  });

  test("is completed by the stored focal point", () => {
    const focalPoint = { x: 0.25, y: 0.75 };
    expect(isOutputTransform(registry.get("thumbnail"))).toBe(false);
    expect(complete("thumbnail=10", { focalPoint })).toEqual({ focalX: 0.25, focalY: 0.75 });
    expect(complete("thumbnail=10,gravity:focal", { focalPoint: null })).toEqual({
      focalX: 0.5,
      focalY: 0.5,
    });
    expect(complete("thumbnail=10,focalX:0.1", { focalPoint })).toEqual({ focalX: 0.1, focalY: 0.5 });
    expect(complete("thumbnail=10,gravity:center", { focalPoint })).toEqual({});
    expect(complete("thumbnail=10,gravity:attention", { focalPoint })).toEqual({});
  });
});
