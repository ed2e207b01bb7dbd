import type { SourceFormat } from "../transform/output/formats.ts";

/** What decoding an image tells about it. */
export interface Probe {
  readonly format: SourceFormat;
  /** Width of one page in pixels, as a viewer sees it: after EXIF orientation. */
  readonly width: number;
  /** Height of one page in pixels, as a viewer sees it: after EXIF orientation. */
  readonly height: number;
  /** Frames of an animation, pages of a TIFF; 1 for most. */
  readonly pages: number;
  /** How long an animation takes once, in milliseconds; `null` for others, and if it is unknown. */
  readonly durationMs: number | null;
  readonly hasAlpha: boolean;
  /** EXIF orientation of the stored pixels, 1 to 8. */
  readonly orientation: number;
  /** libvips' name of the colour space: `srgb`, `b-w`, `cmyk`, `rgb16`, `grey16`, `lab` … */
  readonly colorSpace: string;
  /** Whether a colour profile is embedded. */
  readonly hasProfile: boolean;
  /** libvips' name of the numbers that pixels are made of: `uchar` for 8 bits, `ushort` for 16, `float` … */
  readonly depth: string;
  /** The most common colour as `#rrggbb`. */
  readonly dominantColor: string;
  /** A ThumbHash in base64, some 28 characters. @see https://evanw.github.io/thumbhash/ */
  readonly thumbhash: string;
}
