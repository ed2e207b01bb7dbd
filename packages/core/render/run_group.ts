import type { Sharp } from "sharp";
import type { StepGroup } from "../transform/planning/plan_groups.ts";
import type { ProgImageError } from "../error.ts";
import { pluginError } from "../transform/contract/plugin_failure.ts";
import type { ResolvedStep } from "../transform/planning/resolve_steps.ts";
import type { StepContext, StepFrames, StepImage } from "../transform/contract/transform.ts";
import { fontFiles } from "./pool/font_files.ts";
import { outOfMemory, saysOutOfMemory } from "./pool/out_of_memory.ts";
import { type Picture, pictureOfPixels, type PixelPicture, type Pixels } from "./picture.ts";
import { fromSharpError } from "./sharp_error.ts";
import { sharp } from "./sharp_setup.ts";

/** Other images that steps use, by the values of their parameters. */
export type StepImages = ReadonlyMap<string, StepImage>;

/** Options for {@linkcode applyGroup} and {@linkcode computePixels}. */
export interface RunGroupOptions {
  readonly images: StepImages;
  /** The animation that the picture is a frame of. @default {null} */
  readonly frames?: StepFrames | null;
}

/** The settings of a step by default. A transform whose plugin has settings receives those instead. */
const NO_SETTINGS: StepContext["settings"] = Object.freeze({});

/**
 * Opens a picture and applies the steps of a group to it. Does not compute pixels yet.
 *
 * @throws {ProgImageError} `plugin_failed` if a transform throws
 */
export async function applyGroup(
  picture: Picture,
  { steps }: StepGroup,
  options: RunGroupOptions,
): Promise<Sharp> {
  let image = picture.open();
  for (const step of steps) {
    const { transform, args, input, output, stages } = step;
    const { frames = null } = options;
    const context: StepContext = {
      input,
      output,
      stages,
      hasAlpha: picture.hasAlpha,
      sharp,
      fonts: fontFiles(),
      images: imagesOf(step, options.images),
      frames,
      settings: NO_SETTINGS,
    };
    try {
      image = checkResult(await transform.apply(image, args, context));
    } catch (error) {
      throw applyError(transform.name, error);
    }
  }
  return image;
}

/** Code of plugins may forget to return a value. */
function checkResult(image: Sharp | undefined): Sharp {
  if (image instanceof sharp) return image;
  throw new TypeError(
    `Cannot go on as apply must give an image of context.sharp: it gives ${Bun.inspect(image)}`,
  );
}

/**
 * Computes the pixels of a group.
 *
 * @throws {ProgImageError} `plugin_failed`, `broken_image`, `too_costly`, `too_many_pixels`
 */
export async function computePixels(
  picture: Picture,
  group: StepGroup,
  options: RunGroupOptions,
): Promise<PixelPicture> {
  const image = await applyGroup(picture, group, options);
  try {
    const plain = losesChannels(group) ? await keepingChannels(image, picture.pages) : image;
    return pictureOfPixels(await takePixels(plain, picture), picture.playback);
  } catch (error) {
    throw fromSharpError(error, taskOf(picture, group), namesOf(group));
  }
}

/** Returns the names of a group's transforms, for errors. */
export function namesOf({ steps }: StepGroup): readonly string[] {
  return steps.map(({ transform }) => transform.name);
}

/** Returns the kind of work that sharp does when it runs a group. */
export function taskOf(picture: Picture, { steps }: StepGroup): "decode" | "read" | "compute" {
  if (picture.file === null) return "compute";
  return steps.length === 0 ? "decode" : "read";
}

/** Whether raw pixels would lose channels: a greyscale leaves one band without alpha. Steps without declared stages may call greyscale. */
function losesChannels({ steps }: StepGroup): boolean {
  return steps.some(({ stages }) => stages === null || stages.includes("greyscale"));
}

/** Converts an image through an uncompressed TIFF, which keeps the channels that raw pixels lose. */
async function keepingChannels(image: Sharp, pages: number): Promise<Sharp> {
  const tiff = await image.tiff({ compression: "none" }).toBuffer();
  return sharp(tiff, { limitInputPixels: false, animated: pages > 1 });
}

async function takePixels(image: Sharp, { pages, is16Bit = false }: Picture): Promise<Pixels> {
  const taken = image.raw({ depth: is16Bit ? "ushort" : "uchar" });
  const { data, info } = await taken.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const bytes = width * height * channels * (is16Bit ? 2 : 1);
  if ((channels !== 3 && channels !== 4) || data.length !== bytes) {
    throw new Error(
      `Cannot use pixels as there must be ${width} × ${height} × ${channels} bytes: there are ${data.length}`,
    );
  }
  if (height % pages !== 0) throw new Error(`Cannot split ${height} rows into ${pages} frames`);
  return { data, size: { width, height: height / pages }, pages, channels, is16Bit };
}

/** Returns the images that a step names, by the names of its parameters. */
export function imagesOf({ transform, args }: ResolvedStep, images: StepImages): Record<string, StepImage> {
  const named = Object.entries(transform.params).filter(
    ([name, { kind }]) => kind === "image" && args[name] !== undefined,
  );
  return Object.fromEntries(
    named.map(([name]) => {
      const image = images.get(String(args[name]));
      if (!image)
        throw new Error(`Cannot carry out "${transform.name}" as the image for "${name}" did not come along`);
      return [name, image];
    }),
  );
}

/** An allocation that fails in JavaScript is `too_costly`, like one that fails in sharp. */
function applyError(name: string, error: unknown): ProgImageError {
  if (error instanceof RangeError && saysOutOfMemory(error.message)) return outOfMemory({ cause: error });
  return pluginError(name, error);
}
