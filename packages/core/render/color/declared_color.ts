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

/**
 * Decodes a still and converts its colours to sRGB with 8 bits a channel.
 *
 * @param picture opens pixels that no profile has converted, with 16 bits if it has them
 * @throws {ProgImageError} `broken_image`, `too_costly`
 */
export async function decodeInSrgb(picture: Picture, color: ColorDescription): Promise<PixelPicture> {
  const { is16Bit = false, playback } = picture;
  try {
    const raw = picture.open().raw({ depth: is16Bit ? "ushort" : "uchar" });
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
    return pictureOfPixels({ data: converted, size: { width, height }, pages: 1, channels }, playback);
  } catch (error) {
    throw fromSharpError(error, "decode");
  }
}
