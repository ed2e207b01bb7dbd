import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newImageId } from "../image/image_id.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import type { EncodeSettings } from "../transform/output/encode_settings.ts";
import { OUTPUT_FORMATS, type OutputFormat, type SourceFormat } from "../transform/output/formats.ts";
import { parseUrlRecipe } from "../transform/recipe/parse_url_recipe.ts";
import { randomNumbers } from "../testing/testing_random.ts";
import { definePlugin } from "../transform/contract/plugin.ts";
import { pluginFixture, registryFixture } from "../transform/contract/plugin_fixture.ts";
import { createRegistry, type TransformRegistry } from "../transform/contract/registry.ts";
import { defineTransform } from "../transform/contract/transform.ts";
import { decodePixels, psnr, type ReferencePixels } from "./pixel_reference.ts";
import { tiffFixture } from "./input/tiff_fixture.ts";
import { renderRecipe, type RenderRecipeJob } from "./render_recipe.ts";
import { samplePhoto } from "./sample_images.ts";
import { sharp } from "./sharp_setup.ts";
import {
  ANIMATION,
  animationFixture,
  FIXTURE_SIZE,
  gradient,
  type SourceFixture,
  stillFixtures,
} from "./source_fixtures.ts";

describe("renderRecipe()", () => {
  let folder: string;
  let stills: ReadonlyMap<string, SourceFixture>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-render-"));
    stills = new Map((await stillFixtures()).map((source) => [source.name, source]));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(
    bytes: Uint8Array | string,
    inputFormat: SourceFormat,
    options: {
      query?: string;
      format?: OutputFormat;
      limits?: Partial<Limits>;
      images?: RenderRecipeJob["images"];
      registry?: TransformRegistry;
      settings?: EncodeSettings;
    } = {},
  ) {
    const { query = "", format = "png", limits, images, settings, registry = registryFixture } = options;
    const input = join(folder, crypto.randomUUID());
    // The extension of the file's name must not matter.
    const output = join(folder, `${crypto.randomUUID()}.gif`);
    await Bun.write(input, bytes);
    const { steps } = parseUrlRecipe(query, registry);
    const job = { input, inputFormat, output, format, steps, images, settings };
    const rendered = await renderRecipe(job, registry, { ...DEFAULT_LIMITS, ...limits });
    return { output, rendered, metadata: await sharp(output).metadata() };
  }

  function still(name: string): SourceFixture {
    const source = stills.get(name);
    if (!source) throw new Error(`Cannot find fixture ${name}`);
    return source;
  }

  test.each(OUTPUT_FORMATS)("writes %s under any name, and returns its properties", async (format) => {
    const { output, rendered, metadata } = await render(still("rgba").bytes, "png", { format });
    expect(rendered).toEqual({ ...FIXTURE_SIZE, pages: 1, bytes: Bun.file(output).size });
    expect(metadata).toMatchObject({
      format: format === "avif" ? "heif" : format,
      ...FIXTURE_SIZE,
      hasAlpha: format !== "jpeg",
    });
  });

  test.each([
    "rgb",
    "rgba",
    "grey",
    "grey with alpha",
    "rgba of 16 bits",
    "p3",
    "p3 of 16 bits",
    "cmyk",
    "turned",
  ])("converts %s to sRGB of 8 bits, untagged", async (name) => {
    const { bytes, format } = still(name);
    const { output, metadata } = await render(bytes, format);
    // A PNG without colour has one channel for it.
    const space = name.startsWith("grey") ? "b-w" : "srgb";
    expect(metadata).toMatchObject({ depth: "uchar", space, hasProfile: false, ...FIXTURE_SIZE });
    expect(metadata.orientation ?? 1).toBe(1);
    expect(metadata.exif).toBeUndefined();
    // Images in other spaces were written from this one.
    const origin = still(name.includes("alpha") || name.includes("rgba") ? "rgba" : "rgb").bytes;
    const expected = await decodePixels(
      name.startsWith("grey") ? await sharp(origin).greyscale().png().toBuffer() : origin,
    );
    expect(psnr(await decodePixels(output), expected)).toBeGreaterThan(name === "cmyk" ? 20 : 38);
  });

  test("reads colours through the profile", async () => {
    const red = { create: { width: 8, height: 8, channels: 3, background: "#c83214" } } as const;
    const p3 = await sharp(red).withIccProfile("p3").png().toBuffer();
    const naive = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    const { output } = await render(p3, "png", { query: "mirror&scale=0.5" });
    const { data } = await decodePixels(output);
    expect(Math.abs((data[0] ?? 0) - 0xc8)).toBeLessThan(3);
    expect(Math.abs((naive[0] ?? 0) - 0xc8)).toBeGreaterThan(5);
  });

  test("strips metadata", async () => {
    const tagged = await sharp(still("rgb").bytes)
      .withExif({ IFD0: { Copyright: "somebody" } })
      .withXmp("<x:xmpmeta/>")
      .withIccProfile("p3")
      .jpeg()
      .toBuffer();
    for (const format of OUTPUT_FORMATS) {
      const { metadata } = await render(tagged, "jpeg", { format });
      expect(metadata.exif ?? metadata.xmp ?? metadata.icc ?? metadata.iptc).toBeUndefined();
    }
  });

  test.each(["rgba", "rgb", "grey with alpha", "cmyk"])(
    "writes TIFFs of 8 bits after a step that computes floats: %s",
    async (name) => {
      const floats = defineTransform({
        name: "floats",
        version: 1,
        summary: "Multiplies colours by a matrix",
        params: {},
        stage: ["recomb", "linear"],
        frames: "all",
        apply: (image) =>
          image
            .recomb([
              [0.4, 0.7, 0.2],
              [0.3, 0.7, 0.2],
              [0.3, 0.5, 0.1],
            ])
            .linear([1, 1, 1], [0.5, 0.5, 0.5]),
      });
      const registry = createRegistry([
        definePlugin({ name: "floats", namespace: "test", transforms: [floats] }),
      ]);
      const { bytes, format: inputFormat } = still(name);
      const [tiff, png] = await Promise.all(
        (["tiff", "png"] as const).map((format) =>
          render(bytes, inputFormat, { query: "test.floats", format, registry }),
        ),
      );
      expect(tiff?.metadata).toMatchObject({ depth: "uchar", space: "srgb" });
      const pixels = await Promise.all([tiff, png].map((result) => decodePixels(result?.output ?? "")));
      expect(psnr(...(pixels as [ReferencePixels, ReferencePixels]))).toBe(Infinity);
    },
  );

  test("takes the first of several further channels of a TIFF as alpha", async () => {
    for (const [photometric, colors, expected] of [
      [2, [90, 60, 200], [90, 60, 200, 128]],
      [1, [200], [200, 200, 200, 128]],
    ] as const) {
      const pixel = [...colors, 128, 250];
      const data = Buffer.from(Array.from({ length: 100 }, () => pixel).flat());
      const shape = { width: 10, height: 10, bits: 8, samples: pixel.length, photometric };
      const tiff = tiffFixture({ ...shape, extraSamples: [2, 0], data });
      const { output, metadata } = await render(tiff, "tiff", { format: "tiff" });
      expect(metadata.hasAlpha).toBe(true);
      expect([...(await decodePixels(output)).data.subarray(0, 4)]).toEqual([...expected]);
    }
  });

  test.each(["png", "tiff"] as const)(
    "stores a %s without colour in one channel, or two with alpha",
    async (format) => {
      const channelsOf = async (name: string) =>
        (await render(still(name).bytes, "png", { query: "grey", format })).metadata.channels;
      expect(await channelsOf("rgb")).toBe(1);
      expect(await channelsOf("rgba")).toBe(2);
    },
  );

  test("filters the rows of a photograph's PNG, unless the effort is 0", async () => {
    const photo = await samplePhoto();
    const bytesOf = async (settings: EncodeSettings) =>
      (await render(photo, "png", { settings })).rendered.bytes;
    const filtered = await sharp(photo).png({ compressionLevel: 6, adaptiveFiltering: true }).toBuffer();
    expect(await bytesOf({})).toBe(filtered.length);
    const efforts = await Promise.all([0, 1, 3, 6].map((effort) => bytesOf({ effort })));
    expect(efforts).toEqual(efforts.toSorted((one, other) => other - one));
    expect(new Set(efforts).size).toBe(4);
  });

  test("keeps the bytes of an indexed PNG, and of one with 1 bit a pixel, small", async () => {
    const photo = await samplePhoto();
    const indexed = await sharp(photo).png({ palette: true, colours: 16, dither: 0 }).toBuffer();
    const bits = await sharp(photo).threshold().png({ colours: 2 }).toBuffer();
    for (const source of [indexed, bits]) {
      const { output, rendered } = await render(source, "png");
      expect(rendered.bytes).toBeLessThan(1.15 * source.length);
      expect(psnr(await decodePixels(output), await decodePixels(source))).toBe(Infinity);
    }
  });

  test("puts transparent pixels on white for JPEG", async () => {
    const clear = { create: { width: 40, height: 40, channels: 4, background: "#0000" } } as const;
    for (const query of ["", "scale=0.5", "mirror&scale=0.5", "soften", "grey", "halve"]) {
      const { output } = await render(await sharp(clear).png().toBuffer(), "png", { query, format: "jpeg" });
      const { data } = await decodePixels(output);
      expect(Math.min(...data)).toBeGreaterThan(250);
    }
  });

  test("keeps alpha through greyscale and later steps", async () => {
    const { bytes } = still("rgba");
    const grey = await decodePixels(await sharp(bytes).greyscale().png().toBuffer());
    for (const query of ["grey", "grey&turn&turn&turn&turn", "mirror&soften&mirror"]) {
      const { output, metadata } = await render(bytes, "png", { query });
      expect(metadata.hasAlpha).toBe(true);
      if (query.startsWith("grey")) expect(psnr(await decodePixels(output), grey)).toBeGreaterThan(45);
    }
  });

  test("renders SVG sharply at any size, from memory", async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#f00"/></svg>';
    const { output, rendered } = await render(svg, "svg", { query: "scale=10" });
    expect(rendered).toMatchObject({ width: 200, height: 100 });
    const { data } = await decodePixels(output);
    const edge = [98, 99, 100, 101].map((x) => data[x * 4 + 3]);
    expect(edge).toEqual([255, 255, 0, 0]);
    await expect(render(svg, "svg", { limits: { svgBytes: 20 } })).rejects.toMatchObject({
      code: "too_large",
    });
  });

  test("continues after a step whose size is known only afterwards", async () => {
    const { rendered } = await render(still("rgb").bytes, "png", {
      query: "mirror&halve&scale=0.5&halve&turn",
      format: "webp",
    });
    expect(rendered).toMatchObject({ width: 31, height: 13 });
  });

  test("lays an image on the image", async () => {
    const id = newImageId(0);
    const path = join(folder, "stamp");
    await Bun.write(
      path,
      await sharp({ create: { width: 5, height: 5, channels: 3, background: "#00ff00" } })
        .png()
        .toBuffer(),
    );
    const { output } = await render(still("rgb").bytes, "png", {
      query: `stamp=${id}`,
      images: { [id]: { path, format: "png" } },
    });
    expect([...(await decodePixels(output)).data.subarray(0, 4)]).toEqual([0, 255, 0, 255]);
  });

  test("keeps frames, delays and loop of animations that stay animations", async () => {
    for (const format of ["gif", "webp"] as const) {
      const { bytes } = await animationFixture(format);
      for (const query of ["", "scale=0.5", "mirror", "grey&scale=0.5&mirror"]) {
        const { rendered, metadata } = await render(bytes, format, { query, format: "webp" });
        expect(rendered.pages).toBe(ANIMATION.pages);
        expect(metadata).toMatchObject({
          pages: ANIMATION.pages,
          delay: [...ANIMATION.delay],
          loop: ANIMATION.loop,
          height: rendered.height,
        });
      }
      expect((await render(bytes, format, { query: "mirror", format: "png" })).rendered).toMatchObject({
        pages: 1,
        height: ANIMATION.height,
      });
    }
  });

  test.each(["", "mirror"])("shows a frame for as long as the source says, with steps %p", async (query) => {
    const bytes = Buffer.from((await animationFixture("gif")).bytes);
    // The duration of the first frame, in hundredths of a second, and the repetitions: the highest values that a GIF allows.
    bytes.writeUInt16LE(0xffff, bytes.indexOf(Buffer.of(0x21, 0xf9, 0x04)) + 4);
    bytes.writeUInt16LE(0xffff, bytes.indexOf("NETSCAPE2.0") + 13);
    for (const format of ["gif", "webp"] as const) {
      const { metadata } = await render(bytes, "gif", { query, format });
      expect(metadata.delay).toEqual([655_350, ...ANIMATION.delay.slice(1)]);
      expect(metadata.loop).toBeGreaterThan(65_530);
    }
  });

  test("leaves pixels of a GIF as in the frame before, the more the lower its quality", async () => {
    const { width, height, frames } = { width: 60, height: 40, frames: 4 };
    const random = randomNumbers(5);
    const still = Buffer.from(Array.from({ length: width * height * 3 }, () => Math.floor(random() * 200)));
    const noisy = () => Buffer.from(still.map((level) => level + Math.floor(random() * 12)));
    const raw = { width, height: height * frames, channels: 3, pageHeight: height } as const;
    const roll = Buffer.concat(Array.from({ length: frames }, noisy));
    const bytes = await sharp(roll, { raw, animated: true }).webp({ lossless: true }).toBuffer();
    const sizes = [];
    for (const quality of [100, undefined, 60, 30]) {
      const { rendered } = await render(bytes, "webp", { format: "gif", settings: { quality } });
      expect(rendered.pages).toBe(frames);
      sizes.push(rendered.bytes);
    }
    expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
    expect(sizes[1]).toBeLessThan(0.9 * (sizes[0] ?? 0));
    expect(new Set(sizes).size).toBe(sizes.length);
  });

  test("shortens a frame of a WebP that is too long for a GIF", async () => {
    const bytes = Buffer.from((await animationFixture("webp")).bytes);
    const duration = bytes.indexOf("ANMF") + 20;
    bytes.writeUIntLE(0xffffff, duration, 3);
    const delayOf = async (format: OutputFormat) =>
      (await render(bytes, "webp", { query: "mirror", format })).metadata.delay?.[0];
    expect(await delayOf("webp")).toBe(16_777_215);
    expect(await delayOf("gif")).toBe(655_350);
  });

  test("renders the first page of a file with several that is no animation", async () => {
    const pages = sharp(gradient(20, 30, 3), {
      raw: { width: 20, height: 30, channels: 3, pageHeight: 10 },
      animated: true,
    });
    const { rendered } = await render(await pages.tiff().toBuffer(), "tiff", { format: "webp" });
    expect(rendered).toMatchObject({ width: 20, height: 10, pages: 1 });
  });

  test("rejects images that exceed a limit, and leaves no file behind", async () => {
    const { bytes } = still("rgb");
    const before = (await readdir(folder)).filter((name) => name.endsWith(".gif")).length;
    const cases: readonly (readonly [query: string, limits: Partial<Limits>])[] = [
      ["", { outputSide: 96 }],
      ["scale=2", { outputPixels: 10_000 }],
      ["soften&turn&soften", { intermediatePixels: 5_000 }],
      ["halve", { intermediatePixels: 2_000 }],
      ["", { inputPixels: 5_000 }],
    ];
    for (const [query, limits] of cases) {
      await expect(render(bytes, "png", { query, limits })).rejects.toMatchObject({
        name: "ProgImageError",
        code: "too_many_pixels",
      });
    }
    expect((await readdir(folder)).filter((name) => name.endsWith(".gif"))).toHaveLength(before);
  });

  test("checks the actual size of a result against the limits", async () => {
    const stretch = defineTransform({
      name: "stretch",
      version: 1,
      summary: "Predicts no other size, and gives one",
      params: {},
      apply: (image) => image.resize(9000, 10, { fit: "fill" }),
    });
    const lying = createRegistry([
      pluginFixture,
      definePlugin({ name: "@progimage/lying", transforms: [stretch] }),
    ]);
    const refused = render(still("rgb").bytes, "png", { query: "stretch", registry: lying });
    await expect(refused).rejects.toMatchObject({
      code: "too_many_pixels",
      message: expect.stringContaining("9000 × 10"),
    });
  });

  test("reports that a plugin failed, without details", async () => {
    const error = await render(still("rgb").bytes, "png", { query: "mirror&fail" }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: "ProgImageError", code: "plugin_failed" });
    expect((error as Error).message).not.toContain("secret");
  });

  test("reports a broken image", async () => {
    const broken = still("rgb").bytes.subarray(0, 2000);
    for (const query of ["", "scale=0.5", "mirror&soften", "halve"]) {
      await expect(render(broken, "png", { query })).rejects.toMatchObject({
        name: "ProgImageError",
        code: "broken_image",
      });
    }
  });

  test("returns the same bytes as one sharp instance if there are no steps", async () => {
    const jpeg = await sharp(gradient(900, 700, 3), { raw: { width: 900, height: 700, channels: 3 } })
      .jpeg()
      .toBuffer();
    const { output } = await render(jpeg, "jpeg", { format: "webp" });
    const plain = await sharp(jpeg).webp({ quality: 80, effort: 4 }).toBuffer();
    expect(Buffer.compare(await Bun.file(output).bytes(), plain)).toBe(0);
  });
});
