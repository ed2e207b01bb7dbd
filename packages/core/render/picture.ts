import type { Sharp } from "sharp";
import type { PlanImage } from "../transform/planning/plan_groups.ts";
import type { Size } from "../transform/planning/size.ts";
import { sharp } from "./sharp_setup.ts";

/** How an animation plays. */
export interface Playback {
  /** How long each frame is shown, in milliseconds. */
  readonly delay: number[] | undefined;
  /** How often the animation plays; 0 means forever. */
  readonly loop: number | undefined;
}

/** An image between the steps of a recipe: a file that is not yet decoded, or pixels. */
export interface Picture extends PlanImage {
  /** Size of one page, as a viewer sees it. */
  readonly size: Size;
  readonly playback: Playback;
  /** The EXIF orientation in which the frames of an animation still have to be turned. @default {1} */
  readonly frameOrientation?: number;
  /** Whether the pixels have 16 bits a channel and keep them. @default {false} */
  readonly is16Bit?: boolean;
  /** The size of the first step's result, if the picture is already scaled for that step. */
  readonly firstOutput?: Size;
  /** Opens the picture. Each call returns its own instance, with all frames stacked vertically. */
  readonly open: () => Sharp;
}

/** Pixels in sRGB, or in the space of a profile that is kept, with all frames stacked vertically. */
export interface Pixels {
  readonly data: Buffer;
  /** Size of one frame. */
  readonly size: Size;
  readonly pages: number;
  /** 3, or 4 with alpha. */
  readonly channels: 3 | 4;
  /** Whether each channel has two bytes, in this machine's byte order. @default {false} */
  readonly is16Bit?: boolean;
}

/** A picture whose pixels are computed. */
export interface PixelPicture extends Picture {
  readonly pixels: Pixels;
  readonly file: null;
}

/** Creates a picture from pixels. */
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

/** sharp determines the depth of pixels from the type of their array. */
function words({ buffer, byteOffset, length }: Buffer): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length / 2);
}

/** Returns one frame as a still, which shares the bytes. */
export function frameOf({ data, size, channels }: Pixels, index: number): Pixels {
  const bytes = size.width * size.height * channels;
  return { data: data.subarray(index * bytes, (index + 1) * bytes), size, pages: 1, channels };
}
