import { join } from "node:path";
import { DEFAULT_LIMITS, type OutputFormat, type SourceFormat } from "@progimage/core";
import {
  createRegistry,
  decodePixels,
  parseUrlRecipe,
  renderRecipe,
  testFolder,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

/** The pixels that `decodePixels` returns. */
export type Pixels = Awaited<ReturnType<typeof decodePixels>>;

/** Options for {@linkcode renderMask}. */
export interface RenderMaskOptions {
  /** PNG files that the query names, such as `@stencil`. */
  readonly images?: Readonly<Record<string, Buffer>>;
  /** @default {"png"} */
  readonly inputFormat?: SourceFormat;
  /** @default {"png"} */
  readonly format?: OutputFormat;
}

const registry = createRegistry([plugin]);

/** Carries out a query and returns the file. */
export async function renderMask(
  query: string,
  source: Buffer,
  { images = {}, inputFormat = "png", format = "png" }: RenderMaskOptions = {},
): Promise<Buffer> {
  await using folder = await testFolder();
  const [input, output] = [join(folder.path, "input"), join(folder.path, "output")];
  await Bun.write(input, source);
  const files = Object.entries(images).map(async ([name, bytes]) => {
    const path = join(folder.path, name);
    await Bun.write(path, bytes);
    return [name, { path, format: "png" }] as const;
  });
  const { steps } = parseUrlRecipe(query, registry);
  const job = {
    input,
    inputFormat,
    output,
    format,
    steps,
    images: Object.fromEntries(await Promise.all(files)),
  };
  await renderRecipe(job, registry, DEFAULT_LIMITS);
  return Buffer.from(await Bun.file(output).bytes());
}

/** Masks a plain image of the given size. The alpha of the result is the mask. */
export async function maskOf(
  query: string,
  width: number,
  height: number,
  options: RenderMaskOptions = {},
): Promise<Pixels> {
  return await decodePixels(await renderMask(query, await plainImage(width, height), options));
}

/** Returns an opaque image of one colour as PNG. */
export async function plainImage(width: number, height: number, background = "#c86432"): Promise<Buffer> {
  return await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Returns RGBA pixels, given row by row, as PNG. */
export async function imageOfPixels(width: number, height: number, rgba: readonly number[]): Promise<Buffer> {
  return await sharp(Buffer.from(rgba), { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** Returns the alpha of a pixel. */
export function alphaAt({ data, width }: Pixels, x: number, y: number): number {
  return data[(y * width + x) * 4 + 3] ?? Number.NaN;
}

/** Returns all alphas, row by row. */
export function alphasOf({ data }: Pixels): readonly number[] {
  return [...data].filter((_, index) => index % 4 === 3);
}

/** Returns how many pixels are covered; parts of pixels are added up. */
export function areaOf(pixels: Pixels): number {
  return alphasOf(pixels).reduce((sum, alpha) => sum + alpha / 255, 0);
}
