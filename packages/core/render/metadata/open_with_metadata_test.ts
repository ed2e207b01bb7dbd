import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newImageId } from "../../image/image_id.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import type { OutputFormat, SourceFormat } from "../../transform/output/formats.ts";
import { parseUrlRecipe } from "../../transform/recipe/parse_url_recipe.ts";
import { registryFixture as registry } from "../../transform/contract/plugin_fixture.ts";
import { pngCarrier } from "../png/png_carrier.ts";
import { renderRecipe, type RenderRecipeJob } from "../render_recipe.ts";
import { sharp } from "../sharp_setup.ts";
import { animationFixture, gradient, stillFixtures } from "../source_fixtures.ts";

const SIZE = { width: 40, height: 30 } as const;
/** More saturated red, green and blue than sRGB has. */
const VIVID = [
  [255, 3, 1],
  [2, 250, 0],
  [0, 4, 255],
] as const;
/** One recipe for each way of processing: several instances, an undeclared step, a size known only afterwards. */
const QUERIES = ["", "mirror", "scale=0.5&turn", "mirror&scale=0.5&turn&soften", "halve"];
const PROFILED_FORMATS = ["jpeg", "png", "webp", "avif", "tiff"] as const;
const GPS = { GPSLatitudeRef: "N", GPSLatitude: "10/1 20/1 30/1" };

describe("renderRecipe() with kept colours and metadata", () => {
  let folder: string;
  let profile: Buffer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-kept-"));
    const tagged = sharp({ create: { ...SIZE, channels: 3, background: "red" } }).withIccProfile("p3");
    profile = (await sharp(await tagged.png().toBuffer()).metadata()).icc ?? Buffer.alloc(0);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(
    bytes: Uint8Array,
    inputFormat: SourceFormat,
    format: OutputFormat,
    settings: EncodeSettings,
    options: { query?: string; images?: RenderRecipeJob["images"] } = {},
  ) {
    const [input, output] = [join(folder, crypto.randomUUID()), join(folder, crypto.randomUUID())];
    await Bun.write(input, bytes);
    const { steps } = parseUrlRecipe(options.query ?? "", registry);
    const job = { input, inputFormat, output, format, steps, settings, images: options.images };
    const rendered = await renderRecipe(job, registry, DEFAULT_LIMITS);
    expect(rendered.bytes).toBe(Bun.file(output).size);
    return { output, metadata: await sharp(output).metadata() };
  }

  /** Returns a P3 image of one colour. */
  function plain(color: readonly number[]): Buffer {
    const data = Buffer.alloc(SIZE.width * SIZE.height * 3, Buffer.from(color));
    return pngCarrier({ data, size: SIZE, pages: 1, channels: 3 }, carried());
  }

  function carried() {
    return { profile, exif: null, xmp: null, iptc: null };
  }

  test.each(QUERIES)("keeps vivid colours with their profile: %s", async (query) => {
    for (const color of VIVID) {
      for (const format of PROFILED_FORMATS) {
        const settings = { colorSpace: "keep", quality: 100 } as const;
        const { output, metadata } = await render(plain(color), "png", format, settings, { query });
        expect(metadata.icc?.equals(profile)).toBe(true);
        expect(metadata.exif).toBeUndefined();
        const pixels = await sharp(output, { ignoreIcc: true }).removeAlpha().raw().toBuffer();
        const distance = Math.max(...color.map((value, channel) => Math.abs(value - (pixels[channel] ?? 0))));
        expect(distance).toBeLessThanOrEqual(format === "png" || format === "tiff" ? 0 : 5);
      }
    }
  });

  test("converts the same colours to sRGB otherwise", async () => {
    const { output, metadata } = await render(plain(VIVID[1]), "png", "png", {});
    expect(metadata.hasProfile).toBe(false);
    // Green of P3 lies outside sRGB, so it is clipped.
    expect([...(await sharp(output).raw().toBuffer()).subarray(0, 3)]).not.toEqual([...VIVID[1]]);
  });

  test.each(["", "mirror", "scale=0.5&turn", "mirror&turn&soften"])(
    "keeps 16 bits in PNG and TIFF: %s",
    async (query) => {
      // Values whose lower and upper bytes differ.
      const words = new Uint16Array(SIZE.width * SIZE.height * 3).map(
        (_, index) => [60_001, 12_345, 777][index % 3] ?? 0,
      );
      const pixels = {
        data: Buffer.from(words.buffer),
        size: SIZE,
        pages: 1,
        channels: 3,
        is16Bit: true,
      } as const;
      for (const carriedMetadata of [carried(), { ...carried(), profile: null }]) {
        for (const format of ["png", "tiff"] as const) {
          const source = pngCarrier(pixels, carriedMetadata);
          const { output, metadata } = await render(source, "png", format, { colorSpace: "keep" }, { query });
          expect(metadata).toMatchObject({ depth: "ushort", hasProfile: carriedMetadata.profile !== null });
          const image = sharp(output, { ignoreIcc: true }).toColourspace("rgb16");
          const data = await image.raw({ depth: "ushort" }).toBuffer();
          expect([...new Uint16Array(data.buffer, data.byteOffset, 3)]).toEqual([60_001, 12_345, 777]);
        }
      }
      const { metadata } = await render(pngCarrier(pixels, carried()), "png", "jpeg", { colorSpace: "keep" });
      expect(metadata).toMatchObject({ depth: "uchar", hasProfile: true });
    },
  );

  test("rejects 16 bits if a step needs 8", async () => {
    const source =
      (await stillFixtures()).find(({ name }) => name === "p3 of 16 bits")?.bytes ?? Buffer.alloc(0);
    for (const query of ["grey", "halve", "mirror&grey"]) {
      await expect(render(source, "png", "png", { colorSpace: "keep" }, { query })).rejects.toMatchObject({
        code: "invalid_parameter",
        details: { parameter: "colorSpace" },
      });
      expect((await render(source, "png", "webp", { colorSpace: "keep" }, { query })).metadata.depth).toBe(
        "uchar",
      );
    }
  });

  test("rejects colours that it cannot keep: CMYK, animations, other images laid on it", async () => {
    const refused = { code: "invalid_parameter", details: { parameter: "colorSpace" } };
    const cmyk = (await stillFixtures()).find(({ name }) => name === "cmyk")?.bytes ?? Buffer.alloc(0);
    await expect(render(cmyk, "tiff", "jpeg", { colorSpace: "keep" })).rejects.toMatchObject(refused);
    const { bytes } = await animationFixture("webp");
    const tagged = await sharp(bytes, { animated: true }).withIccProfile("p3").webp().toBuffer();
    await expect(render(tagged, "webp", "webp", { colorSpace: "keep" })).rejects.toMatchObject(refused);
    expect((await render(tagged, "webp", "webp", {})).metadata.pages).toBe(4);
    expect((await render(tagged, "webp", "png", { colorSpace: "keep" })).metadata.hasProfile).toBe(true);
    const path = join(folder, "stamp");
    await Bun.write(path, plain(VIVID[0]));
    const id = newImageId(0);
    const options = { query: `stamp=${id}`, images: { [id]: { path, format: "png" } } } as const;
    await expect(
      render(plain(VIVID[0]), "png", "png", { colorSpace: "keep" }, options),
    ).rejects.toMatchObject(refused);
  });

  test("renders grey and untagged images as it does by default", async () => {
    for (const { name, bytes, format } of await stillFixtures()) {
      if (!["rgb", "rgba", "grey", "grey with alpha"].includes(name)) continue;
      const kept = await render(bytes, format, "png", { colorSpace: "keep" });
      const usual = await render(bytes, format, "png", {});
      expect(await equalFiles(kept.output, usual.output)).toBe(true);
    }
  });

  async function tagged(): Promise<Buffer> {
    const data = gradient(SIZE.width, SIZE.height, 3);
    const first = await sharp(data, { raw: { ...SIZE, channels: 3 } })
      .withExif({ IFD0: { Copyright: "somebody", Artist: "an artist", Make: "a camera" }, IFD3: GPS })
      .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'><a tiff:Orientation='6'/></x:xmpmeta>")
      .jpeg()
      .toBuffer();
    // sharp writes an orientation only if metadata is already there.
    return await sharp(first).keepMetadata().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  }

  const DESCRIBED_FORMATS = ["jpeg", "png", "webp", "avif"] as const;

  test.each(DESCRIBED_FORMATS)("strips, keeps the copyright, or keeps all: %s", async (format) => {
    const source = await tagged();
    expect((await sharp(source).metadata()).exif?.includes("a camera")).toBe(true);
    for (const query of ["", "scale=0.5&soften"]) {
      const held = async (metadata: EncodeSettings["metadata"]) =>
        (await render(source, "jpeg", format, { metadata }, { query })).metadata;
      expect(await held("strip")).not.toContainAnyKeys(["exif", "xmp", "iptc", "icc"]);

      const copyright = await held("copyright");
      expect(copyright.exif?.includes("somebody") && copyright.exif.includes("an artist")).toBe(true);
      expect(copyright.exif?.includes("a camera")).toBe(false);
      expect(hasPosition(copyright.exif)).toBe(false);
      expect(copyright.xmp).toBeUndefined();

      const all = await held("all");
      expect(all.exif?.includes("a camera") && hasPosition(all.exif)).toBe(true);
      expect(all.xmp?.toString()).toContain("tiff:Orientation='1'");
      expect(all.orientation ?? 1).toBe(1);
      expect(all.width).toBeLessThan(all.height);
    }
  });

  test("adds nothing if the source has no profile and no metadata", async () => {
    const bare = await sharp(gradient(9, 9, 3), { raw: { width: 9, height: 9, channels: 3 } })
      .png()
      .toBuffer();
    const { output, metadata } = await render(bare, "png", "jpeg", { metadata: "all", colorSpace: "keep" });
    expect(metadata.exif).toBeUndefined();
    const usual = await render(bare, "png", "jpeg", {});
    expect(await equalFiles(output, usual.output)).toBe(true);
  });

  test("drops metadata that is too large to be useful", async () => {
    const pixels = { data: gradient(9, 9, 3), size: { width: 9, height: 9 }, pages: 1, channels: 3 } as const;
    for (const [length, isKept] of [
      [900_000, true],
      [1_100_000, false],
    ] as const) {
      const source = pngCarrier(pixels, { ...carried(), xmp: Buffer.alloc(length, "a") });
      const { metadata } = await render(source, "png", "webp", { metadata: "all" });
      expect(metadata.xmp?.length).toBe(isKept ? length : undefined);
    }
  });

  test("keeps metadata within a limit of bytes", async () => {
    const { output, metadata } = await render(await tagged(), "jpeg", "jpeg", {
      metadata: "all",
      maxBytes: 1500,
    });
    expect(Bun.file(output).size).toBeLessThanOrEqual(1500);
    expect(metadata.exif?.includes("somebody")).toBe(true);
  });
});

async function equalFiles(one: string, other: string): Promise<boolean> {
  return Buffer.compare(await Bun.file(one).bytes(), await Bun.file(other).bytes()) === 0;
}

/** Whether the EXIF has the tag that points to the position. */
function hasPosition(exif: Buffer | undefined): boolean {
  return (
    exif !== undefined &&
    (exif.includes(Buffer.from([0x25, 0x88])) || exif.includes(Buffer.from([0x88, 0x25])))
  );
}
