import type { Size, StepContext, StepImage } from "@progimage/core/plugin";
import { type Coverage, cropCoverage, padCoverage } from "./coverage.ts";
import { enlargeCoverage } from "./enlarge_coverage.ts";
import { maskLayout, type MaskLayoutOptions, neededSize } from "./mask_layout.ts";

/** The channel of a mask that determines the coverage. */
export const CHANNELS = ["auto", "alpha", "luma"] as const;

export type Channel = (typeof CHANNELS)[number];

/** Options for {@linkcode readMaskImage}. */
export interface ReadMaskImageOptions extends MaskLayoutOptions {
  /** `auto`: alpha if there is any transparency, else luma. */
  readonly channel: Channel;
}

/** Returns the coverage of a step's image by another picture. */
export async function readMaskImage(
  mask: StepImage,
  options: ReadMaskImageOptions,
  { input }: Pick<StepContext, "input">,
): Promise<Coverage> {
  const size = neededSize(mask, input, options.fit);
  const { from, to } = maskLayout(size, input, options);
  const whole = { ...size, values: await readValues(mask, size, options.channel) };
  return padCoverage(enlargeCoverage(cropCoverage(whole, from), to), to, input);
}

async function readValues(mask: StepImage, { width, height }: Size, channel: Channel): Promise<Uint8Array> {
  const scaled = mask.open().resize(width, height, { fit: "fill", kernel: "cubic" });
  const rgba = await scaled.toColourspace("srgb").ensureAlpha().raw().toBuffer();
  if (channel === "luma") return lumaOf(rgba);
  const alpha = alphaOf(rgba);
  return channel === "alpha" || alpha.some((value) => value < 255) ? alpha : lumaOf(rgba);
}

function alphaOf(rgba: Uint8Array): Uint8Array {
  const values = new Uint8Array(rgba.length / 4);
  for (let pixel = 0; pixel < values.length; pixel++) values[pixel] = rgba[pixel * 4 + 3] ?? 0;
  return values;
}

/**
 * Returns the luma by the weights of Rec. 709, of the stored values, times alpha, as for masks in SVG (CSS Masking Level 1,
 * `mask-type: luminance`). The coverage of a grey is its value.
 */
function lumaOf(rgba: Uint8Array): Uint8Array {
  const values = new Uint8Array(rgba.length / 4);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const offset = pixel * 4;
    const [red, green, blue] = [rgba[offset] ?? 0, rgba[offset + 1] ?? 0, rgba[offset + 2] ?? 0];
    const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    values[pixel] = Math.round((luma * (rgba[offset + 3] ?? 0)) / 255);
  }
  return values;
}
