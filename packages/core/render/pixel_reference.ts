import sharp, { type Sharp } from "sharp";
import { pixelSteps, resolveStep } from "../transform/planning/resolve_steps.ts";
import type { Step } from "../transform/recipe/recipe.ts";
import type { TransformRegistry } from "../transform/contract/registry.ts";
import type { StepImage } from "../transform/contract/transform.ts";
import type { ImageFile } from "./renderer.ts";
import { fontFiles } from "./pool/font_files.ts";
import { imagesOf } from "./run_group.ts";

/** RGBA pixels of one page, 8 bits a channel. */
export interface ReferencePixels {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

/** Decodes a still in the simplest way, for comparison. */
export async function decodePixels(input: string | Buffer, page = 0): Promise<ReferencePixels> {
  const { depth, space } = await sharp(input).metadata();
  const image = sharp(input, { autoOrient: true, page });
  return await rgba(depth === "ushort" || space === "labs" ? image.pipelineColourspace("srgb") : image);
}

/**
 * Carries out a recipe the slow way: pixels are computed after each step, with a new sharp instance for each.
 *
 * @param files The files of the images that steps name, by the values of their parameters.
 */
export async function renderStepByStep(
  input: string | Buffer,
  steps: readonly Step[],
  registry: TransformRegistry,
  files: Readonly<Record<string, ImageFile>> = {},
): Promise<ReferencePixels> {
  const opened = Object.entries(files).map(async ([name, { path }]): Promise<[string, StepImage]> => {
    const { width, height, hasAlpha } = await sharp(path).metadata();
    return [name, { width, height, hasAlpha, open: () => sharp(path) }];
  });
  const images = new Map(await Promise.all(opened));
  let pixels = await decodePixels(input);
  for (const step of pixelSteps(steps, registry)) {
    const { width, height } = pixels;
    const image = sharp(pixels.data, { raw: { width, height, channels: 4 } });
    const resolved = resolveStep(step, pixels);
    const context = {
      ...resolved,
      hasAlpha: true,
      sharp,
      fonts: fontFiles(),
      images: imagesOf(resolved, images),
      frames: null,
      settings: {},
    };
    pixels = await rgba(await step.transform.apply(image, step.args, context));
  }
  return pixels;
}

/** Returns the peak signal-to-noise ratio in decibels of two images of the same size. Colours are weighted by their opacity. */
export function psnr(first: ReferencePixels, second: ReferencePixels): number {
  if (first.width !== second.width || first.height !== second.height) {
    throw new RangeError(
      `Cannot compare ${first.width} × ${first.height} with ${second.width} × ${second.height} pixels`,
    );
  }
  const one = premultiplied(first.data);
  const other = premultiplied(second.data);
  let squares = 0;
  for (const [index, value] of one.entries()) squares += (value - (other[index] ?? 0)) ** 2;
  const mean = squares / one.length;
  return mean === 0 ? Infinity : 10 * Math.log10(255 ** 2 / mean);
}

function premultiplied(pixels: Buffer): Float32Array {
  return Float32Array.from(pixels, (value, index) =>
    index % 4 === 3 ? value : (value * (pixels[index | 3] ?? 255)) / 255,
  );
}

async function rgba(image: Sharp): Promise<ReferencePixels> {
  const png = await image.png({ compressionLevel: 0 }).toBuffer();
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
