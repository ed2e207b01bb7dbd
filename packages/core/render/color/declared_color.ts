import type { Limits } from "../../limits.ts";
import { checkPixelsBetweenSteps } from "../../transform/planning/check_size.ts";
import { copySize, firstShrink } from "../../transform/planning/first_shrink.ts";
import type { PixelStep } from "../../transform/planning/resolve_steps.ts";
import { type Picture, type PixelPicture, pictureOfPixels } from "../picture.ts";
import type { ImageFile } from "../renderer.ts";
import { fromSharpError } from "../sharp_error.ts";
import { readAvifColor } from "./avif_color.ts";
import { type ColorDescription, isSrgb } from "./color_description.ts";
import { readPngColor } from "./png_color.ts";
import { type Samples, toSrgb } from "./to_srgb.ts";

/**
 * Returns the colours that a file declares in another way than by an ICC profile, or `null` if they are those of the profile or sRGB.
 * libvips knows only profiles.
 */
export function declaredColor(
  { path, format }: ImageFile,
  { hasProfile = false }: { readonly hasProfile?: boolean },
): ColorDescription | null {
  const color =
    format === "png" ? readPngColor(path) : format === "avif" && !hasProfile ? readAvifColor(path) : null;
  return color === null || isSrgb(color) ? null : color;
}

/** Options for {@linkcode decodeInSrgb}. */
export interface DecodeInSrgbOptions {
  readonly limits: Limits;
  /** The step that follows. If it makes the picture smaller, pixels may be scaled before they are converted. */
  readonly firstStep?: PixelStep;
}

/**
 * Decodes a still and converts its colours to sRGB with 8 bits a channel. A shrink that follows comes first if values stand for light as in
 * sRGB, as with other files, or if the whole picture would take too much memory.
 *
 * @param picture opens pixels that no profile has converted, with 16 bits if it has them
 * @throws {ProgImageError} `broken_image`, `too_costly`, `too_many_pixels`
 */
export async function decodeInSrgb(
  picture: Picture,
  color: ColorDescription,
  { limits, firstStep }: DecodeInSrgbOptions,
): Promise<PixelPicture> {
  const { is16Bit = false, playback, size } = picture;
  const isLarge = size.width * size.height > limits.intermediatePixels;
  const shrink = isLarge || color.transfer === "srgb" ? firstShrink(firstStep, size) : null;
  const copy = shrink && copySize(size, [shrink.scaled]);
  checkPixelsBetweenSteps(copy ?? size, 1, limits);
  try {
    const opened = picture.open();
    const image = copy ? opened.resize({ ...copy, fit: "fill" }) : opened;
    const raw = image.raw({ depth: is16Bit ? "ushort" : "uchar" });
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const channels = info.channels === 4 ? 4 : 3;
    const samples: Samples = {
      data: is16Bit
        ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
        : new Uint8Array(data.buffer, data.byteOffset, data.length),
      channels,
      most: is16Bit ? 65_535 : 255,
    };
    const converted = toSrgb(samples, color);
    const pixels = { data: converted, size: { width, height }, pages: 1, channels } as const;
    return { ...pictureOfPixels(pixels, playback), ...(copy && { firstOutput: shrink.output }) };
  } catch (error) {
    throw fromSharpError(error, "decode");
  }
}
