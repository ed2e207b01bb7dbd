import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { DEFAULT_LIMITS, type Limits } from "../../limits.ts";
import { registryFixture } from "../../transform/contract/plugin_fixture.ts";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import { probeImage } from "../probe_image.ts";
import { renderRecipe, type RenderRecipeJob } from "../render_recipe.ts";
import { sharp } from "../sharp_setup.ts";
import { fromCodes } from "./color_description.ts";
import { iccProfileOf } from "./icc_profile.ts";
import { toSrgb } from "./to_srgb.ts";

interface RenderOptions extends Partial<Pick<RenderRecipeJob, "images" | "prescale">> {
  readonly limits?: Partial<Limits>;
}

type Color = readonly [red: number, green: number, blue: number];

const COLORS: readonly Color[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [200, 120, 60],
  [128, 128, 128],
  [20, 200, 180],
];
/** The same values in Display P3, converted to sRGB by LittleCMS. */
const P3_IN_SRGB: readonly Color[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [213, 115, 43],
  [128, 128, 128],
  [0, 204, 180],
];
/** The width and height of the pixels of each colour. */
const SQUARE = 16;

/** Black, grey (128) and white in an AVIF without colour, of limited range, as libaom writes it. */
const LIMITED_GREY = Buffer.from(
  "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ0AAAAgAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJwAAAASWlwY28AAAAUaXNwZQAAAAAAAAAwAAAAEAAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAAE2NvbHJuY2x4AAEADQAGAAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAKG1kYXQSAAoIGBTv/lgIaDEyEhAAoNP2W7OFx6ReGj1QcjvywA==",
  "base64",
);

/** {@linkcode COLORS} in an AVIF of Display P3, which it declares by code points. */
const P3_AVIF = Buffer.from(
  "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAGkAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAPAAAAAoAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xybmNseAAMAA0AAIAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAHFtZGF0EgAKCTgde+dhDA0AkDJaRAAAtFDNCkWut21KooSyX2D4xDanx/Epg5HwGCwu4/ilF0gQ+CkOUx8QgBjzdzcYv2SaoMfN42Pz27Apte0k4230KuiX1euj67KWl1l4/b9TOgxpMrfLwlxk",
  "base64",
);

describe("declaredColor()", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-color-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  /** Renders a picture of squares as PNG. Returns their colours and the header of the result. */
  async function render(bytes: Uint8Array, settings: EncodeSettings = {}, options: RenderOptions = {}) {
    const input = join(folder, crypto.randomUUID());
    const output = join(folder, crypto.randomUUID());
    await Bun.write(input, bytes);
    const probe = await probeImage(input, DEFAULT_LIMITS);
    const job = { input, inputFormat: probe.format, output, traits: probe, settings, steps: [] };
    const { limits, ...more } = options;
    const whole = { ...job, ...more, format: "png" } as const;
    await renderRecipe(whole, registryFixture, { ...DEFAULT_LIMITS, ...limits });
    const image = sharp(output, { ignoreIcc: true }).toColourspace("srgb").removeAlpha().raw();
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const colors = Array.from({ length: width / height }, (_, index) => {
      const at = (4 * width + index * height + 4) * 3;
      return [...data.subarray(at, at + 3)];
    });
    return { colors, probe, metadata: await sharp(output).metadata() };
  }

  function squares(colors: readonly Color[], most: 255 | 65_535 = 255) {
    const row = colors.flatMap((color) => Array.from({ length: SQUARE }, () => color).flat());
    const values = Array.from({ length: SQUARE }, () => row).flat();
    const raw = { width: colors.length * SQUARE, height: SQUARE, channels: 3 as const };
    return most === 255
      ? sharp(Buffer.from(values), { raw })
      : sharp(Uint16Array.from(values), { raw }).toColourspace("rgb16");
  }

  function expectNear(
    actual: readonly (readonly number[])[],
    expected: readonly Color[],
    tolerance: number,
  ): void {
    const distances = expected.map((color, index) =>
      Math.max(...color.map((value, channel) => Math.abs(value - (actual[index]?.[channel] ?? NaN)))),
    );
    expect({ actual, isNear: Math.max(...distances) <= tolerance }).toEqual({ actual, isNear: true });
  }

  test("converts the P3 of a PNG's cICP and of an AVIF's nclx", async () => {
    const png = withChunks(await squares(COLORS).png().toBuffer(), [["cICP", Buffer.of(12, 13, 0, 1)]]);
    const { colors, probe } = await render(png);
    expectNear(colors, P3_IN_SRGB, 2);
    expect(probe.hasProfile).toBe(false);
    expectNear((await render(P3_AVIF)).colors, P3_IN_SRGB, 2);
  });

  test("keeps the values of P3 with a profile if colours are kept", async () => {
    const png = withChunks(await squares(COLORS).png().toBuffer(), [["cICP", Buffer.of(12, 13, 0, 1)]]);
    const { colors, metadata } = await render(png, { colorSpace: "keep" });
    expectNear(colors, COLORS, 0);
    expect(metadata.hasProfile).toBe(true);
  });

  test.each(["pq", "hlg"] as const)("shows SDR colours that %s holds as they were", async (transfer) => {
    const dark = COLORS.map((color) => color.map((value) => Math.min(value, 210)) as unknown as Color);
    const coded = dark.map((color) => toHdr(color, transfer));
    const codes = Buffer.of(9, transfer === "pq" ? 16 : 18, 0, 1);
    const png = withChunks(await squares(coded, 65_535).png().toBuffer(), [["cICP", codes]]);
    expectNear((await render(png)).colors, dark, 3);
  });

  test("maps highlights of HDR below white", async () => {
    // 203 and 1,000 candela per square metre in PQ. @see ITU-R BT.2408-7 table 1
    const coded = [0.5807, 0.7518].map((value) =>
      Array.from({ length: 3 }, () => Math.round(value * 65_535)),
    );
    const png = await squares(coded as unknown as Color[], 65_535)
      .png()
      .toBuffer();
    const { colors, probe } = await render(withChunks(png, [["cICP", Buffer.of(9, 16, 0, 1)]]));
    expect(probe.warnings).toEqual(["tone_mapped"]);
    // Diffuse white is 0.85 of light, the peak all of it.
    expectNear(
      colors,
      [
        [237, 237, 237],
        [255, 255, 255],
      ],
      2,
    );
  });

  test("applies gAMA and cHRM only if a PNG has neither ICC, sRGB nor cICP", async () => {
    const png = await squares([
      [55, 55, 55],
      [147, 48, 12],
    ])
      .png()
      .toBuffer();
    const gamma = ["gAMA", longs(100_000)] as const;
    // The sRGB curve: 55 / 255 of light is 128, 147 is 200.
    expectNear(
      (await render(withChunks(png, [gamma]))).colors,
      [
        [128, 128, 128],
        [200, 120, 61],
      ],
      1,
    );
    const unchanged = [
      [55, 55, 55],
      [147, 48, 12],
    ] as const;
    for (const chunks of [
      [gamma, ["sRGB", Buffer.of(0)]],
      [gamma, ["cICP", Buffer.of(1, 13, 0, 1)]],
      [["gAMA", longs(45_455)]],
    ] as const)
      expectNear((await render(withChunks(png, chunks))).colors, unchanged, 0);
    const p3 = longs(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000);
    const squaresOfP3 = withChunks(await squares(COLORS).png().toBuffer(), [
      ["gAMA", longs(45_455)],
      ["cHRM", p3],
    ]);
    expectNear((await render(squaresOfP3)).colors, P3_IN_SRGB, 2);
    const grey = await squares([[55, 55, 55]])
      .toColourspace("b-w")
      .png()
      .toBuffer();
    expectNear((await render(withChunks(grey, [gamma]))).colors, [[128, 128, 128]], 1);
  });

  test("ignores a gAMA and cHRM that cannot be meant", async () => {
    const png = await squares(COLORS).png().toBuffer();
    for (const gamma of [1, 3, 0xff_ff_ff_ff])
      for (const settings of [{}, { colorSpace: "keep" }, { metadata: "all" }] as const)
        expectNear((await render(withChunks(png, [["gAMA", longs(gamma)]]), settings)).colors, COLORS, 0);
    for (const primaries of [
      // Equal, on one line, without the white between them, and too large.
      [31_270, 32_900, 31_270, 32_900, 31_270, 32_900, 31_270, 32_900],
      [31_270, 32_900, 20_000, 20_000, 30_000, 30_000, 40_000, 40_000],
      [90_000, 5_000, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000],
      Array.from({ length: 8 }, (_, index) => 0xff_ff_ff_ff - index ** 3),
    ]) {
      const chunks = [
        ["gAMA", longs(45_455)],
        ["cHRM", longs(...primaries)],
      ] as const;
      for (const settings of [{}, { colorSpace: "keep" }] as const)
        expectNear((await render(withChunks(png, chunks), settings)).colors, COLORS, 0);
    }
  });

  test("holds no more pixels than between steps, and scales first for a shrink", async () => {
    const linear = withChunks(await squares(COLORS).png().toBuffer(), [["gAMA", longs(100_000)]]);
    const limits = { intermediatePixels: 600 };
    await expect(render(linear, {}, { limits })).rejects.toMatchObject({ code: "too_many_pixels" });
    const prescale = { width: 48, height: 8 };
    const { colors: whole } = await render(linear, {}, { prescale });
    const { colors, metadata } = await render(linear, {}, { prescale, limits });
    expect(metadata).toMatchObject(prescale);
    expectNear(colors, whole as unknown as Color[], 3);
  });

  test("counts the pixels of all images that steps use together", async () => {
    const png = await squares(COLORS).png().toBuffer();
    const path = join(folder, "p3.png");
    await Bun.write(path, withChunks(png, [["cICP", Buffer.of(12, 13, 0, 1)]]));
    const limits = { intermediatePixels: 4_000 };
    const file = { path, format: "png" } as const;
    await render(png, {}, { limits, images: { one: file, two: file } });
    const refused = render(png, {}, { limits, images: { one: file, two: file, three: file } });
    await expect(refused).rejects.toMatchObject({ code: "too_many_pixels" });
  });

  test("takes the memory of 16-bit samples for the result", () => {
    const data = Uint16Array.of(65_535, 0, 32_768, 257, 0, 65_535, 1_000, 65_535);
    const converted = toSrgb({ data, channels: 4, most: 65_535 }, fromCodes([1, 13, 0, 1]));
    expect(converted.buffer === data.buffer).toBe(true);
    expect([...converted]).toEqual([255, 0, 128, 1, 0, 255, 4, 255]);
  });

  test("says that only the first frame of an animated PNG is read", async () => {
    const png = await squares(COLORS).png().toBuffer();
    const { probe } = await render(withChunks(png, [["acTL", longs(3, 0)]]));
    expect(probe).toMatchObject({ pages: 1, warnings: ["first_frame_only"] });
  });

  test("expands the range of an AVIF without colour", async () => {
    const { colors } = await render(LIMITED_GREY);
    expectNear(
      colors,
      [
        [0, 0, 0],
        [128, 128, 128],
        [255, 255, 255],
      ],
      2,
    );
  });

  test("agrees with LittleCMS about every set of primaries and curve", async () => {
    for (const codes of [
      [12, 13, 0, 1],
      [9, 13, 0, 1],
      [11, 13, 0, 1],
      [1, 8, 0, 1],
      [5, 4, 0, 1],
      [6, 5, 0, 1],
      [22, 1, 0, 1],
    ] as const) {
      const color = fromCodes(codes);
      const png = await squares(COLORS).png().toBuffer();
      const profile = Buffer.concat([Buffer.from("p\0\0"), deflateSync(iccProfileOf(color))]);
      const { colors } = await render(withChunks(png, [["iCCP", profile]]));
      const data = new Uint8Array(COLORS.flat());
      const converted = toSrgb({ data, channels: 3, most: 255 }, color);
      const ours = COLORS.map((_, index) => [...converted.subarray(index * 3, index * 3 + 3)]);
      expectNear(ours, colors as unknown as Color[], 1);
    }
  });
});

/** Returns a PNG with more chunks behind its header. */
function withChunks(png: Buffer, chunks: readonly (readonly [name: string, body: Uint8Array])[]): Buffer {
  const HEADER_END = 33;
  const added = chunks.map(([name, body]) => {
    const checked = Buffer.concat([Buffer.from(name), body]);
    return Buffer.concat([longs(body.length), checked, longs(crc32(checked))]);
  });
  return Buffer.concat([png.subarray(0, HEADER_END), ...added, png.subarray(HEADER_END)]);
}

function longs(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

/** Returns a colour of sRGB, with a white of 203 candela per square metre, in BT.2020 with PQ or HLG of 16 bits. @see ITU-R BT.2100-2 */
function toHdr(color: Color, transfer: "pq" | "hlg"): Color {
  const [red, green, blue] = color.map((value) =>
    value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  ) as unknown as Color;
  // ITU-R BT.2087-0 § 3, matrix M2.
  const display = [
    0.6274 * red + 0.3293 * green + 0.0433 * blue,
    0.0691 * red + 0.9195 * green + 0.0114 * blue,
    0.0164 * red + 0.088 * green + 0.8956 * blue,
  ].map((light) => light * 203);
  const [r = 0, g = 0, b = 0] = display;
  const luminance = 0.2627 * r + 0.678 * g + 0.0593 * b;
  const coded = display.map((nits) => {
    if (transfer === "pq") {
      const power = (nits / 10_000) ** 0.1593017578125;
      return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
    }
    const scene = nits === 0 ? 0 : (nits / 1_000) * (luminance / 1_000) ** (1 / 1.2 - 1);
    return scene <= 1 / 12
      ? Math.sqrt(3 * scene)
      : 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073;
  });
  return coded.map((value) => Math.round(Math.min(Math.max(value, 0), 1) * 65_535)) as unknown as Color;
}
