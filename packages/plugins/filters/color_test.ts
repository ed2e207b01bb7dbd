import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import {
  createRegistry,
  decodePixels,
  parseUrlRecipe,
  randomNumbers,
  renderRecipe,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

type Color = readonly [red: number, green: number, blue: number];
type Formula = (color: Color) => Color;

const registry = createRegistry([plugin]);
const SIZE = { width: 64, height: 48 };

describe("transforms of colours follow their formulas", () => {
  let folder: string;
  let noise: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-color-"));
    noise = colorfulNoise();
    await Bun.write(join(folder, "noise"), await png(noise));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(query: string, name = "noise"): Promise<Buffer> {
    const output = join(folder, crypto.randomUUID());
    const { steps } = parseUrlRecipe(query, registry);
    const job = { input: join(folder, name), inputFormat: "png", output, format: "png", steps } as const;
    await renderRecipe(job, registry, DEFAULT_LIMITS);
    return (await decodePixels(output)).data;
  }

  const exact: readonly (readonly [query: string, formula: Formula])[] = [
    ["brightness=1", (color) => color],
    ["brightness=1.37", each((value) => value * 1.37)],
    ["brightness=0.4", each((value) => value * 0.4)],
    ["brightness=0", () => [0, 0, 0]],
    ["contrast=1", (color) => color],
    ["contrast=1.5", each((value) => value * 1.5 + 255 * (-0.5 * 1.5 + 0.5))],
    ["contrast=0.3", each((value) => value * 0.3 + 255 * (-0.5 * 0.3 + 0.5))],
    ["negate", each((value) => 255 - value)],
    ["gamma=2.2", each((value) => 255 * (value / 255) ** (1 / 2.2))],
    ["gamma=0.5", each((value) => value ** 2 / 255)],
    ["posterize=4", each((value) => nearest(value, [0, 85, 170, 255]))],
    ["posterize=2", each((value) => nearest(value, [0, 255]))],
    ["posterize=256", (color) => color],
    ["saturation=1", (color) => color],
    ["saturation=0", (color) => grey(cssLuma(color))],
    ["saturation=2.5", (color) => mixed(grey(cssLuma(color)), color, 2.5)],
    ["sepia=0", (color) => color],
    ["sepia", brown],
    ["sepia=0.4", (color) => mixed(color, brown(color), 0.4)],
    ["hue=360", (color) => color],
    ["colorize=ff8000,amount:0", (color) => color],
    ["colorize=ff8000,amount:0.25", (color) => mixed(color, [255, 128, 0], 0.25)],
    ["colorize=ff8000,amount:1", () => [255, 128, 0]],
    ["gradient=ff8000,start:1", (color) => color],
    ["gradient=ff8000,stop:0", () => [255, 128, 0]],
    ["gradient=ff800080,stop:0", (color) => mixed(color, [255, 128, 0], 128 / 255)],
    // The matrix of the specification for a cosine of 0 and a sine of 1, and for -1 and 0.
    [
      "hue=90",
      ([red, green, blue]) => [
        blue,
        0.356 * red + 0.855 * green - 0.211 * blue,
        -0.574 * red + 1.43 * green + 0.144 * blue,
      ],
    ],
    ["hue=180", (color) => mixed(grey(cssLuma(color)), color, -1)],
    ["duotone=amount:0", (color) => color],
    ["duotone=shadow:102030,highlight:f0d0c0", (color) => duotoned(color)],
    ["duotone=shadow:102030,highlight:f0d0c0,amount:0.3", (color) => mixed(color, duotoned(color), 0.3)],
    ["threshold=90,grayscale:false", each((value) => (value >= 90 ? 255 : 0))],
    ["threshold=0", () => [255, 255, 255]],
  ];

  test.each(exact)("%s, rounded to a level, and leaves alpha alone", async (query, formula) => {
    const found = await render(query);
    expectColors(found, noise, formula, 0.51);
  });

  test("grayscale keeps the luminance", async () => {
    expectColors(await render("grayscale"), noise, (color) => grey(encoded(luminance(color))), 2);
  });

  test("threshold compares the luminance", async () => {
    const found = await render("threshold=120");
    let whites = 0;
    for (let offset = 0; offset < noise.length; offset += 4) {
      const level = encoded(luminance(colorAt(noise, offset)));
      if (level >= 120) whites++;
      expect(colorAt(found, offset)).toEqual(level >= 120 ? [255, 255, 255] : [0, 0, 0]);
      expect(found[offset + 3]).toBe(noise[offset + 3] ?? -1);
    }
    expect(whites).toBeGreaterThan(100);
    expect(whites).toBeLessThan(noise.length / 4 - 100);
  });

  test("threshold makes the level itself white", async () => {
    const ramp = greys((index) => index % 256);
    await Bun.write(join(folder, "ramp"), await png(ramp));
    for (const value of [1, 128, 187, 255]) {
      expectColors(
        await render(`threshold=${value}`, "ramp"),
        ramp,
        each((level) => (level >= value ? 255 : 0)),
        0,
      );
    }
  });

  test("tint keeps the lightness and bends the hue of midtones", async () => {
    const wanted = labOf([192, 160, 96]);
    const formula: Formula = (color) => {
      const lightness = labOf(grey(encoded(luminance(color))))[0];
      const weight = 1 - 4 * (lightness / 100 - 0.5) ** 2;
      return colorOf([lightness, weight * wanted[1], weight * wanted[2]]);
    };
    expectColors(await render("tint=c0a060"), noise, formula, 4);
  });

  test("normalize stretches the range between its limits", async () => {
    const shades = greys((index) => 72 + (index % 129));
    await Bun.write(join(folder, "shades"), await png(shades));
    // sharp truncates the limits to integers: L* goes from 30.5 to 80.6.
    const stretched: Formula = (color) => colorOf([((labOf(color)[0] - 30) * 100) / (80 - 30), 0, 0]);
    const found = await render("normalize=lower:0,upper:1", "shades");
    expectColors(found, shades, stretched, 4);
    expect(Math.max(...found.filter((_, index) => index % 4 !== 3))).toBe(255);
    const harder = await render("normalize=lower:0.2,upper:0.7", "shades");
    const count = (pixels: Buffer, value: number) =>
      pixels.filter((level, index) => index % 4 === 0 && level === value).length / (pixels.length / 4);
    expect(count(harder, 0)).toBeCloseTo(0.2, 1);
    expect(count(harder, 255)).toBeCloseTo(0.3, 1);
  });

  test.each(["normalize", "normalize=lower:0.1,upper:0.8"])(
    "%s does not count the colours of pixels that cannot be seen",
    async (query) => {
      const [onBlack, onWhite, onMagenta] = await Promise.all(
        ["000000", "ffffff", "ff00ff"].map(async (hidden) => {
          // The left half is hidden, the right half has shades from 72 to 200.
          const pixels = Buffer.from(noise);
          for (let at = 0, index = 0; at < pixels.length; at += 4, index++) {
            const isHidden = index % SIZE.width < SIZE.width / 2;
            if (isHidden) pixels.write(`${hidden}00`, at, "hex");
            else pixels.fill(72 + (index % 129), at, at + 3);
          }
          await Bun.write(join(folder, hidden), await png(pixels));
          return await render(query, hidden);
        }),
      );
      for (let at = 0; at < noise.length; at += 4) {
        if (onBlack?.[at + 3] === 0) continue;
        expect(Math.abs((onWhite?.[at] ?? 0) - (onBlack?.[at] ?? 0))).toBeLessThanOrEqual(3);
        expect(Math.abs((onMagenta?.[at] ?? 0) - (onBlack?.[at] ?? 0))).toBeLessThanOrEqual(3);
      }
      const seen = (onBlack ?? Buffer.alloc(0)).filter((_, index) => index % 4 === 0);
      expect(Math.max(...seen)).toBeGreaterThan(240);
    },
  );

  test.each([
    ["brightness", "amount"],
    ["brightness=-1", "amount"],
    ["contrast=11", "amount"],
    ["saturation", "amount"],
    ["hue=400", "angle"],
    ["gamma=0", "gamma"],
    ["posterize=1", "levels"],
    ["sepia=2", "amount"],
    ["tint", "color"],
    ["tint=ff000080", "color"],
    ["duotone=highlight:0000", "highlight"],
    ["normalize=lower:0.6,upper:0.4", "upper"],
    ["threshold=256", "value"],
  ])("%s is refused as its %s is wrong", (query, parameter) => {
    const error = expect.objectContaining({
      code: "invalid_parameter",
      details: expect.objectContaining({ parameter }),
    });
    expect(() => parseUrlRecipe(query, registry)).toThrow(error);
  });
});

/** Random colours and opacities. */
function colorfulNoise(): Buffer {
  const random = randomNumbers(7);
  return Buffer.from(Array.from({ length: SIZE.width * SIZE.height * 4 }, () => Math.floor(random() * 256)));
}

function greys(level: (index: number) => number): Buffer {
  const pixels = Array.from({ length: SIZE.width * SIZE.height }, (_, index) => Math.round(level(index)));
  return Buffer.from(pixels.flatMap((value) => [value, value, value, 255]));
}

async function png(pixels: Buffer): Promise<Buffer> {
  return await sharp(pixels, { raw: { ...SIZE, channels: 4 } })
    .png()
    .toBuffer();
}

function expectColors(found: Buffer, source: Buffer, formula: Formula, tolerance: number): void {
  expect(found.length).toBe(source.length);
  for (let offset = 0; offset < source.length; offset += 4) {
    const color = colorAt(source, offset);
    const wanted = formula(color).map((value) => Math.min(Math.max(value, 0), 255));
    const difference = wanted.map((value, index) => Math.abs(value - (found[offset + index] ?? 0)));
    const isFar = Math.max(...difference) > tolerance || found[offset + 3] !== source[offset + 3];
    if (isFar)
      expect({ color, found: [...found.subarray(offset, offset + 4)] }).toEqual({
        color,
        found: [...wanted, source[offset + 3] ?? 0],
      });
  }
}

function colorAt(pixels: Buffer, offset: number): Color {
  return [pixels[offset] ?? 0, pixels[offset + 1] ?? 0, pixels[offset + 2] ?? 0];
}

function each(formula: (value: number) => number): Formula {
  return ([red, green, blue]) => [formula(red), formula(green), formula(blue)];
}

function grey(value: number): Color {
  return [value, value, value];
}

function mixed(from: Color, to: Color, amount: number): Color {
  const [red, green, blue] = from;
  return [red + (to[0] - red) * amount, green + (to[1] - green) * amount, blue + (to[2] - blue) * amount];
}

function nearest(value: number, levels: readonly number[]): number {
  return levels.reduce((best, level) => (Math.abs(level - value) < Math.abs(best - value) ? level : best));
}

function cssLuma([red, green, blue]: Color): number {
  return 0.213 * red + 0.715 * green + 0.072 * blue;
}

function brown([red, green, blue]: Color): Color {
  return [
    0.393 * red + 0.769 * green + 0.189 * blue,
    0.349 * red + 0.686 * green + 0.168 * blue,
    0.272 * red + 0.534 * green + 0.131 * blue,
  ];
}

function duotoned([red, green, blue]: Color): Color {
  const share = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  return mixed([0x10, 0x20, 0x30], [0xf0, 0xd0, 0xc0], share);
}

/** Converts a level to linear light from 0 to 1, by IEC 61966-2-1. */
function decoded(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function encoded(light: number): number {
  return 255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);
}

function luminance([red, green, blue]: Color): number {
  return 0.2126 * decoded(red) + 0.7152 * decoded(green) + 0.0722 * decoded(blue);
}

const WHITE: Color = [0.95047, 1, 1.08883];

/** Converts a colour to L*, a*, b* of CIE 15, under D65. */
function labOf(color: Color): Color {
  const [red, green, blue] = [decoded(color[0]), decoded(color[1]), decoded(color[2])];
  const root = (value: number) =>
    value > 216 / 24389 ? Math.cbrt(value) : (value * 24389) / 27 / 116 + 4 / 29;
  const x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / WHITE[0]);
  const y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / WHITE[2]);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function colorOf([lightness, a, b]: Color): Color {
  const cube = (value: number) => (value > 6 / 29 ? value ** 3 : (value - 4 / 29) * 3 * (6 / 29) ** 2);
  const middle = (lightness + 16) / 116;
  const x = cube(middle + a / 500) * WHITE[0];
  const y = cube(middle);
  const z = cube(middle - b / 200) * WHITE[2];
  const level = (light: number) => encoded(Math.min(Math.max(light, 0), 1));
  return [
    level(3.2406 * x - 1.5372 * y - 0.4986 * z),
    level(-0.9689 * x + 1.8758 * y + 0.0415 * z),
    level(0.0557 * x - 0.204 * y + 1.057 * z),
  ];
}
