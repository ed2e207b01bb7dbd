import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import {
  createRegistry,
  decodePixels,
  gradient,
  parseUrlRecipe,
  psnr,
  randomNumbers,
  renderRecipe,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "../mod.ts";

/** RGBA pixels. */
interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

const registry = createRegistry([plugin]);
const SIZE = { width: 97, height: 61 };

describe("transforms that depend on neighbours or positions follow their definitions", () => {
  let folder: string;
  const smooth: Image = { ...SIZE, data: gradient(SIZE.width, SIZE.height, 4) };
  const rough: Image = { ...SIZE, data: roughPixels() };
  const opaque: Image = {
    ...SIZE,
    data: rough.data.map((value, index) => (index % 4 === 3 ? 255 : value)) as Buffer,
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-neighbours-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  async function render(query: string, { data, width, height }: Image, hasAlpha = true): Promise<Image> {
    const input = join(folder, crypto.randomUUID());
    const output = `${input}-output`;
    const image = sharp(data, { raw: { width, height, channels: 4 } });
    await Bun.write(input, await (hasAlpha ? image : image.removeAlpha()).png().toBuffer());
    const { steps } = parseUrlRecipe(query, registry);
    await renderRecipe({ input, inputFormat: "png", output, format: "png", steps }, registry, DEFAULT_LIMITS);
    return await decodePixels(output);
  }

  test.each([1, 3, 8, 15.9, 16, 30, 100])("blur=%d is a Gaussian of premultiplied colours", async (sigma) => {
    for (const source of [smooth, rough]) {
      const found = await render(`blur=${sigma}`, source);
      expect(psnr(found, gaussian(source, sigma))).toBeGreaterThan(42);
    }
  });

  test.each([32, 90])(
    "blur=%d is a Gaussian on a large image too, where fewer pixels are enough",
    async (sigma) => {
      const size = { width: 1200, height: 1000 };
      const along = [true, false].map((isAcross) => {
        const data = Buffer.alloc(size.width * size.height * 4, 255);
        for (let index = 0; index < size.width * size.height; index++) {
          const position = isAcross ? index % size.width : Math.floor(index / size.width);
          if (position < 500) data.fill(0, index * 4, index * 4 + 3);
        }
        return { ...size, data };
      });
      const [across, down] = await Promise.all(along.map((source) => render(`blur=${sigma}`, source, false)));
      const weight = (distance: number) => Math.exp(-(distance ** 2) / (2 * sigma ** 2));
      const weights = Array.from({ length: 1000 }, (_, index) => weight(index - 500));
      const total = weights.reduce((sum, value) => sum + value, 0);
      let bright = 0;
      for (let position = 0; position < 1000; position++) {
        const wanted = (255 * bright) / total;
        bright += weights[position] ?? 0;
        const levels = [across?.data[(500 * 1200 + position) * 4], down?.data[(position * 1200 + 600) * 4]];
        for (const level of levels) expect(Math.abs((level ?? -99) - wanted)).toBeLessThan(6);
      }
    },
  );

  test.each([4, 40])("blur=%d lets no colour of transparent pixels through", async (sigma) => {
    const source = { ...SIZE, data: Buffer.alloc(SIZE.width * SIZE.height * 4) };
    // White on the left; black and transparent on the right.
    for (let offset = 0; offset < source.data.length; offset += 4) {
      if ((offset / 4) % SIZE.width < 48) source.data.fill(255, offset, offset + 4);
    }
    const { data } = await render(`blur=${sigma}`, source);
    for (let offset = 0; offset < data.length; offset += 4) {
      if ((data[offset + 3] ?? 0) > 16) expect(data[offset]).toBeGreaterThan(250);
    }
  });

  test("sharpen raises the bright side of an edge and lowers the dark one", async () => {
    const edge = stripes((x) => (x < 48 ? 100 : 160));
    const middle = 30 * SIZE.width;
    const at = ({ data }: Image, x: number) => data[(middle + x) * 4] ?? 0;
    const one = await render("sharpen=1", edge);
    const three = await render("sharpen=3", edge);
    expect(at(three, 48)).toBeGreaterThan(at(one, 48));
    expect(at(one, 48)).toBeGreaterThan(163);
    expect(at(one, 47)).toBeLessThan(97);
    expect(at(three, 47)).toBeLessThan(at(one, 47));
    for (const x of [5, 30, 70, 90]) expect(Math.abs(at(three, x) - at(edge, x))).toBeLessThanOrEqual(1);
  });

  test("sharpen keeps flat areas with flat:0", async () => {
    const ripples = stripes((x) => 128 + (x % 2));
    const found = await render("sharpen=10,flat:0,threshold:3", ripples);
    expect(psnr(found, ripples)).toBeGreaterThan(50);
    const raised = await render("sharpen=0,flat:10,threshold:3", ripples);
    expect(psnr(raised, ripples)).toBeLessThan(45);
  });

  test.each([3, 5, 11])("median=%d is the median of each channel", async (size) => {
    const found = await render(`median=${size}`, opaque, false);
    expect(psnr(found, medianOf(opaque, size))).toBe(Infinity);
  });

  test("median weighs colours by alpha", async () => {
    const found = await render("median=5", rough);
    expect(psnr(found, medianOf(rough, 5))).toBeGreaterThan(43);
  });

  test("edge is the length of Sobel's slope of the image on black", async () => {
    const found = await render("edge=1.5", rough);
    const inverted = await render("edge=1.5,invert", rough);
    const seen = lumas(rough);
    forEachPixel((x, y, index) => {
      const { right, down } = sobel(seen, x, y);
      const level = Math.min(Math.round((1.5 * Math.hypot(right, down)) / 4), 255);
      expect(Math.abs(level - (found.data[index * 4 + 1] ?? 0))).toBeLessThanOrEqual(1);
      expect((inverted.data[index * 4] ?? 0) + (found.data[index * 4] ?? 0)).toBe(255);
      expect(found.data[index * 4 + 3]).toBe(rough.data[index * 4 + 3] ?? -1);
    });
  });

  test("emboss adds Sobel's slope in the direction of the light", async () => {
    const seen = lumas(rough);
    const colored = await render("emboss=0.7,angle:270", rough);
    const relief = await render("emboss=0.7,angle:0,grayscale", rough);
    const cut = (value: number) => Math.min(Math.max(value, 0), 255);
    forEachPixel((x, y, index) => {
      const { right, down } = sobel(seen, x, y);
      for (let channel = 0; channel < 3; channel++) {
        const offset = index * 4 + channel;
        const fromLeft = cut((rough.data[offset] ?? 0) + (0.7 * right) / 4);
        expect(Math.abs((colored.data[offset] ?? 0) - fromLeft)).toBeLessThanOrEqual(1);
        const fromTop = cut(128 + (0.7 * down) / 4);
        expect(Math.abs((relief.data[offset] ?? 0) - fromTop)).toBeLessThanOrEqual(1);
      }
      expect(colored.data[index * 4 + 3]).toBe(rough.data[index * 4 + 3] ?? -1);
    });
  });

  test.each([
    ["pixelate=10", { left: 0, top: 0, right: 97, bottom: 61 }, 10],
    ["pixelate=7,x:20,y:11,width:33,height:20", { left: 20, top: 11, right: 53, bottom: 31 }, 7],
    ["pixelate=4,x:-5,y:50", { left: 0, top: 50, right: 97, bottom: 61 }, 4],
    ["pixelate=9,x:50pct,y:10pct,width:25pct", { left: 49, top: 6, right: 73, bottom: 61 }, 9],
    ["pixelate=1024", { left: 0, top: 0, right: 97, bottom: 61 }, 1024],
  ] as const)("%s gives squares their mean and leaves the rest alone", async (query, region, size) => {
    const found = await render(query, rough);
    forEachPixel((x, y, index) => {
      const { left, top, right, bottom } = region;
      const isInside = x >= left && x < right && y >= top && y < bottom;
      const startX = left + Math.floor((x - left) / size) * size;
      const startY = top + Math.floor((y - top) / size) * size;
      const area = isInside
        ? [startX, startY, Math.min(startX + size, right), Math.min(startY + size, bottom)]
        : [x, y, x + 1, y + 1];
      const wanted = meanOf(rough, area as [number, number, number, number]);
      for (const [channel, value] of wanted.entries()) {
        expect(Math.abs((found.data[index * 4 + channel] ?? 0) - value)).toBeLessThanOrEqual(0.51);
      }
    });
  });

  test.each([
    ["pixelate=8,x:97", "x"],
    ["pixelate=8,x:-10,width:5", "x"],
    ["pixelate=8,y:100pct", "y"],
    ["pixelate=8,height:0", "y"],
  ])("%s is refused as its region lies outside", async (query, parameter) => {
    const error = expect.objectContaining({
      code: "invalid_parameter",
      details: expect.objectContaining({ parameter }),
    });
    await expect(render(query, smooth)).rejects.toEqual(error);
  });

  test("vignette covers by a smoothstep of the distance from the middle", async () => {
    const found = await render("vignette=0.7,radius:0.3,softness:0.5,color:204060", rough);
    forEachPixel((x, y, index) => {
      const distance = Math.hypot((x + 0.5) / 97 - 0.5, (y + 0.5) / 61 - 0.5) / Math.SQRT1_2;
      const step = Math.min(Math.max((distance - 0.3) / 0.5, 0), 1);
      const cover = 0.7 * step ** 2 * (3 - 2 * step);
      for (const [channel, target] of [0x20, 0x40, 0x60].entries()) {
        const before = rough.data[index * 4 + channel] ?? 0;
        const wanted = before + (target - before) * cover;
        expect(Math.abs((found.data[index * 4 + channel] ?? 0) - wanted)).toBeLessThanOrEqual(1);
      }
      expect(found.data[index * 4 + 3]).toBe(rough.data[index * 4 + 3] ?? -1);
    });
  });

  test("vignette without softness has a hard border", async () => {
    const white = stripes(() => 255);
    const { data } = await render("vignette=1,radius:0.5,softness:0", white);
    expect(new Set(data.filter((_, index) => index % 4 === 0))).toEqual(new Set([0, 255]));
  });

  test("clahe with one tile and a steep slope equalises the histogram", async () => {
    const random = randomNumbers(3);
    const source = stripes(() => Math.floor(60 + 80 * random() ** 2));
    const found = await render("clahe=4096x4096,slope:100", source);
    const levels = Array.from({ length: source.data.length / 4 }, (_, index) => source.data[index * 4] ?? 0);
    for (const [index, level] of levels.entries()) {
      const below = levels.filter((other) => other < level).length;
      const same = levels.filter((other) => other === level).length;
      const wanted = (255 * (below + same / 2)) / levels.length;
      expect(Math.abs((found.data[index * 4] ?? 0) - wanted)).toBeLessThanOrEqual(1.5);
      if (index > 500) break;
    }
  });

  test("clahe with a slope of 1 changes nothing", async () => {
    for (const query of ["clahe=16x16,slope:1", "clahe=4096x4096,slope:1"]) {
      const found = await render(query, rough);
      for (const [offset, value] of found.data.entries()) {
        expect(Math.abs(value - (rough.data[offset] ?? 0))).toBeLessThanOrEqual(1);
      }
    }
  });

  test("clahe shows no borders of tiles", async () => {
    const found = await render(
      "clahe=20x20,slope:4",
      stripes((x) => 90 + x / 3),
    );
    const levels = rowOf(found, 30);
    const steps = levels.slice(1).map((value, x) => Math.abs(value - (levels[x] ?? 0)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(5);
  });

  test("clahe favours no side: a turned image gives the turned result", async () => {
    const size = { width: 96, height: 60 };
    const upright: Image = { ...size, data: gradient(size.width, size.height, 3) };
    const data = await sharp(upright.data, { raw: { ...size, channels: 3 } })
      .ensureAlpha()
      .raw()
      .toBuffer();
    const turn = ({ data }: Image): Image => ({
      ...size,
      data: Buffer.from(data.map((_, offset) => data[data.length - 4 - offset + 2 * (offset % 4)] ?? 0)),
    });
    const found = await render("clahe=24x20", { ...size, data });
    const turned = await render("clahe=24x20", turn({ ...size, data }));
    expect(psnr(found, { ...size, data })).toBeLessThan(30);
    for (const [offset, value] of turn(turned).data.entries()) {
      expect(Math.abs(value - (found.data[offset] ?? 0))).toBeLessThanOrEqual(1);
    }
  });

  test("clahe raises contrast in shadows and lights alike, and keeps alpha", async () => {
    const found = await render(
      "clahe=20x20,slope:4",
      stripes((x) => (x < 48 ? 20 : 200) + 5 * Math.sin(x / 2)),
    );
    const levels = rowOf(found, 30);
    for (const start of [0, 24, 60, 80]) {
      const place = levels.slice(start, start + 16);
      expect(Math.max(...place) - Math.min(...place)).toBeGreaterThan(25);
    }
    const alphas = (await render("clahe=20x20", rough)).data.filter((_, index) => index % 4 === 3);
    expect(alphas).toEqual(rough.data.filter((_, index) => index % 4 === 3));
  });

  test.each([
    ["blur=0.2", "sigma"],
    ["blur=101", "sigma"],
    ["sharpen=1,sigma:11", "sigma"],
    ["median=4", "size"],
    ["median=27", "size"],
    ["pixelate=1", "size"],
    ["vignette=1,color:0000", "color"],
    ["clahe=8x8", "width"],
    ["edge=0", "amount"],
  ])("%s is refused as its %s is wrong", (query, parameter) => {
    const error = expect.objectContaining({
      code: "invalid_parameter",
      details: expect.objectContaining({ parameter }),
    });
    expect(() => parseUrlRecipe(query, registry)).toThrow(error);
  });
});

/** Returns edges, texture and transparent areas. */
function roughPixels(): Buffer {
  const random = randomNumbers(11);
  const pixels = gradient(SIZE.width, SIZE.height, 4);
  forEachPixel((x, y, index) => {
    const isBlock = (Math.floor(x / 13) + Math.floor(y / 9)) % 2 === 0;
    for (let channel = 0; channel < 3; channel++) {
      const value = (pixels[index * 4 + channel] ?? 0) + (isBlock ? 60 : -40) + random() * 30;
      pixels[index * 4 + channel] = Math.min(Math.max(Math.round(value), 0), 255);
    }
    pixels[index * 4 + 3] = Math.hypot(x - 70, y - 20) < 12 ? 0 : Math.hypot(x - 30, y - 40) < 10 ? 90 : 255;
  });
  return pixels;
}

function stripes(level: (x: number) => number): Image {
  const data = Buffer.alloc(SIZE.width * SIZE.height * 4, 255);
  forEachPixel((x, _y, index) => data.fill(Math.round(level(x)), index * 4, index * 4 + 3));
  return { ...SIZE, data };
}

function forEachPixel(visit: (x: number, y: number, index: number) => void): void {
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) visit(x, y, y * SIZE.width + x);
  }
}

/** Returns the reds of a row. */
function rowOf({ data, width }: Image, y: number): number[] {
  return Array.from({ length: width }, (_, x) => data[(y * width + x) * 4] ?? 0);
}

/** Clamps a coordinate: pixels outside the border equal those at the border. */
function inside(value: number, length: number): number {
  return Math.min(Math.max(value, 0), length - 1);
}

/** Applies a plain Gaussian along one side, then along the other. */
function gaussian(image: Image, sigma: number): Image {
  const reach = Math.ceil(4 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-((index - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (planes: Float64Array, stepX: number, stepY: number) => {
    const result = new Float64Array(planes.length);
    forEachPixel((x, y, index) => {
      for (const [position, weight] of weights.entries()) {
        const shift = position - reach;
        const column = inside(x + shift * stepX, SIZE.width);
        const from = (inside(y + shift * stepY, SIZE.height) * SIZE.width + column) * 4;
        for (let channel = 0; channel < 4; channel++) {
          result[index * 4 + channel] =
            (result[index * 4 + channel] ?? 0) + ((planes[from + channel] ?? 0) * weight) / total;
        }
      }
    });
    return result;
  };
  return straight(along(along(premultiplied(image), 1, 0), 0, 1));
}

function medianOf(image: Image, size: number): Image {
  const planes = premultiplied(image);
  const reach = (size - 1) / 2;
  const result = new Float64Array(planes.length);
  forEachPixel((x, y, index) => {
    for (let channel = 0; channel < 4; channel++) {
      const values: number[] = [];
      for (let row = y - reach; row <= y + reach; row++) {
        for (let column = x - reach; column <= x + reach; column++) {
          const from = inside(row, SIZE.height) * SIZE.width + inside(column, SIZE.width);
          values.push(planes[from * 4 + channel] ?? 0);
        }
      }
      result[index * 4 + channel] = values.sort((one, other) => one - other)[(size * size - 1) / 2] ?? 0;
    }
  });
  return straight(result);
}

function premultiplied({ data }: Image): Float64Array {
  return Float64Array.from(data, (value, index) =>
    index % 4 === 3 ? value : (value * (data[index | 3] ?? 0)) / 255,
  );
}

function straight(planes: Float64Array): Image {
  const data = Buffer.from(
    planes.map((value, index) => {
      const alpha = planes[index | 3] ?? 0;
      return Math.round(index % 4 === 3 ? value : alpha === 0 ? 0 : (value * 255) / alpha);
    }),
  );
  return { ...SIZE, data };
}

function lumas({ data }: Image): number[] {
  return Array.from({ length: data.length / 4 }, (_, index) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(index * 4, index * 4 + 4);
    return Math.round(((0.2126 * red + 0.7152 * green + 0.0722 * blue) * alpha) / 255);
  });
}

function sobel(
  plane: readonly number[],
  x: number,
  y: number,
): { readonly right: number; readonly down: number } {
  const kernel = [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ];
  let right = 0;
  let down = 0;
  for (const row of [-1, 0, 1]) {
    for (const column of [-1, 0, 1]) {
      const value = plane[inside(y + row, SIZE.height) * SIZE.width + inside(x + column, SIZE.width)] ?? 0;
      right += value * (kernel[row + 1]?.[column + 1] ?? 0);
      down += value * (kernel[column + 1]?.[row + 1] ?? 0);
    }
  }
  return { right, down };
}

function meanOf(
  { data }: Image,
  [left, top, right, bottom]: readonly [number, number, number, number],
): number[] {
  const sums = [0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray((y * SIZE.width + x) * 4);
      for (const [channel, value] of [red * alpha, green * alpha, blue * alpha, alpha].entries()) {
        sums[channel] = (sums[channel] ?? 0) + value;
      }
    }
  }
  const [red = 0, green = 0, blue = 0, alpha = 0] = sums;
  const pixels = (right - left) * (bottom - top);
  if (pixels === 1) return [...data.subarray((top * SIZE.width + left) * 4).subarray(0, 4)];
  return alpha === 0 ? [0, 0, 0, 0] : [red / alpha, green / alpha, blue / alpha, alpha / pixels];
}
