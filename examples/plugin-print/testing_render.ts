import { DEFAULT_LIMITS } from "@progimage/core";
import {
  createRegistry,
  parseUrlRecipe,
  renderRecipe,
  sampleImages,
  testFolder,
} from "@progimage/core/testing";
import sharp from "sharp";
import plugin from "./mod.ts";

/** Pixels of 8 bits a channel. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

const registry = createRegistry([plugin]);

/** Returns the pixels that a recipe, written as in a URL, makes of others. */
export async function render({ data, width, height, channels }: Pixels, query: string): Promise<Pixels> {
  await using folder = await testFolder();
  const input = `${folder.path}/input`;
  const output = `${folder.path}/output`;
  await sharp(data, { raw: { width, height, channels: channels as 3 | 4 } })
    .png()
    .toFile(input);
  const { steps } = parseUrlRecipe(query, registry);
  const images = query.includes("@") ? await sampleImages(folder.path) : {};
  const job = { input, inputFormat: "png", output, format: "png", steps, images } as const;
  await renderRecipe(job, registry, DEFAULT_LIMITS);
  const { data: rendered, info } = await sharp(output).raw().toBuffer({ resolveWithObject: true });
  return { data: rendered, width: info.width, height: info.height, channels: info.channels };
}

/** Returns pixels that are all the same. */
export function flat(width: number, height: number, pixel: readonly number[]): Pixels {
  const channels = pixel.length;
  const length = width * height * channels;
  return {
    data: Uint8Array.from({ length }, (_, index) => pixel[index % channels] ?? 0),
    width,
    height,
    channels,
  };
}

/** Returns the channels of a pixel. */
export function pixelAt({ data, width, channels }: Pixels, x: number, y: number): readonly number[] {
  const offset = (y * width + x) * channels;
  return [...data.subarray(offset, offset + channels)];
}
