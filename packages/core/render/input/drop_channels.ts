import type { Metadata } from "sharp";
import type { Limits } from "../../limits.ts";
import { checkPixelsBetweenSteps } from "../../transform/planning/check_size.ts";
import { type Picture, type PixelPicture, pictureOfPixels } from "../picture.ts";
import { fromSharpError } from "../sharp_error.ts";

/** The number of channels of colour. All other spaces have three. */
const COLOR_CHANNELS: Readonly<Record<string, number>> = { "b-w": 1, grey16: 1, cmyk: 4 };

/** Whether an image has more channels than colours and alpha, as a TIFF can. */
export function hasExtraChannels({ channels, space = "srgb" }: Partial<Metadata>): boolean {
  return channels !== undefined && channels > (COLOR_CHANNELS[space] ?? 3) + 1;
}

/**
 * Decodes a still without its extra channels. The first channel after the colours is alpha, as in all images that libvips reads.
 *
 * @throws {ProgImageError} `too_many_pixels`, `broken_image`, `unsupported_media`
 */
export async function dropChannels(picture: Picture, limits: Limits): Promise<PixelPicture> {
  checkPixelsBetweenSteps(picture.size, 1, limits);
  const { is16Bit = false, playback } = picture;
  try {
    const raw = picture.open().raw({ depth: is16Bit ? "ushort" : "uchar" });
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const sampleBytes = is16Bit ? 2 : 1;
    const kept = Buffer.alloc(width * height * 4 * sampleBytes);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const from = pixel * channels * sampleBytes;
      data.copy(kept, pixel * 4 * sampleBytes, from, from + 4 * sampleBytes);
    }
    return pictureOfPixels({ data: kept, size: { width, height }, pages: 1, channels: 4, is16Bit }, playback);
  } catch (error) {
    throw fromSharpError(error, "decode");
  }
}
