import type { Sharp } from "sharp";
import type { PlanImage } from "../transform/planning/plan_groups.ts";
import type { Size } from "../transform/planning/size.ts";
import { sharp } from "./sharp_setup.ts";

/** How an animation plays. */
export interface Playback {
  /** Milliseconds that each frame is shown. */
  readonly delay: number[] | undefined;
  /** How often it is shown; 0 for ever. */
  readonly loop: number | undefined;
}

/** An image on its way through a recipe: a file that was not yet decoded, or pixels. */
export interface Picture extends PlanImage {
  /** Of one page, as a viewer sees it. */
  readonly size: Size;
  readonly playback: Playback;
  /** Pixels have 16 bits a channel and are to keep them. @default {false} */
  readonly is16Bit?: boolean;
  /** Opens it. Each call gives an instance of its own, with all frames above each other. */
  readonly open: () => Sharp;
}

/** Pixels in sRGB, or in the space of a profile that is kept; all frames above each other. */
export interface Pixels {
  readonly data: Buffer;
  /** Of one frame. */
  readonly size: Size;
  readonly pages: number;
  /** 3, or 4 with alpha. */
  readonly channels: 3 | 4;
  /** Two bytes a channel, as this machine orders them. @default {false} */
  readonly is16Bit?: boolean;
}

/** A picture of pixels that were computed. */
export interface PixelPicture extends Picture {
  readonly pixels: Pixels;
  readonly file: null;
}

/** Makes a picture of pixels. */
export function pictureOfPixels(pixels: Pixels, playback: Playback): PixelPicture {
  const { data, size, pages, channels, is16Bit = false } = pixels;
  const raw = {
    width: size.width,
    height: size.height * pages,
    channels,
    ...(pages > 1 && { pageHeight: size.height }),
  };
  return {
    pixels,
    playback,
    size,
    pages,
    hasAlpha: channels === 4,
    file: null,
    is16Bit,
    open: () => {
      const options = { raw, animated: pages > 1, limitInputPixels: false };
      return is16Bit ? sharp(words(data), options).toColourspace("rgb16") : sharp(data, options);
    },
  };
}

/** The type of an array tells sharp the depth of its pixels. */
function words({ buffer, byteOffset, length }: Buffer): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length / 2);
}

/** Gives one frame as a still. Shares its bytes. */
export function frameOf({ data, size, channels }: Pixels, index: number): Pixels {
  const bytes = size.width * size.height * channels;
  return { data: data.subarray(index * bytes, (index + 1) * bytes), size, pages: 1, channels };
}
