import type { SourceFormat } from "../transform/output/formats.ts";
import type { ImageWarning } from "./image_warning.ts";

/** Properties of an image that decoding reveals. */
export interface Probe {
  readonly format: SourceFormat;
  /** The width of one page in pixels, after EXIF orientation. */
  readonly width: number;
  /** The height of one page in pixels, after EXIF orientation. */
  readonly height: number;
  /** Frames of an animation or pages of a TIFF; 1 for most images. */
  readonly pages: number;
  /** The duration of one loop of an animation, in milliseconds; `null` for other images, or if it is unknown. */
  readonly durationMs: number | null;
  readonly hasAlpha: boolean;
  /** EXIF orientation of the stored pixels, 1 to 8. */
  readonly orientation: number;
  /** The colour space as libvips names it: `srgb`, `b-w`, `cmyk`, `rgb16`, `grey16`, `lab` … */
  readonly colorSpace: string;
  /** Whether a colour profile is embedded. */
  readonly hasProfile: boolean;
  /** The number format of pixels as libvips names it: `uchar` for 8 bits, `ushort` for 16, `float` … */
  readonly depth: string;
  /** Losses and assumptions of renders; empty for most images. */
  readonly warnings: readonly ImageWarning[];
  /** The most common colour as `#rrggbb`. */
  readonly dominantColor: string;
  /** A ThumbHash in base64, some 28 characters. @see https://evanw.github.io/thumbhash/ */
  readonly thumbhash: string;
}
