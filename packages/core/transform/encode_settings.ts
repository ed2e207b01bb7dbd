import type { AvifOptions, GifOptions, JpegOptions, PngOptions, TiffOptions, WebpOptions } from "sharp";
import type { OutputFormat } from "./formats.ts";

/** How a result is encoded. What is not set is left to the format. */
export interface EncodeSettings {
  /** From 1 to 100. JPEG 80, WebP 80 and AVIF 60 by default; the others lose nothing unless it is set. */
  readonly quality?: number;
  /** Keeps every pixel as it is. */
  readonly lossless?: boolean;
  /** How long to look for fewer bytes, from 0 (fast) to 6 (small). */
  readonly effort?: number;
}

/** The options of sharp's encoder for each format. */
export interface EncoderOptions {
  readonly jpeg: JpegOptions;
  readonly png: PngOptions;
  readonly webp: WebpOptions;
  readonly avif: AvifOptions;
  readonly gif: GifOptions;
  readonly tiff: TiffOptions;
}

/** What is known of the pixels to encode. */
export interface EncoderTraits {
  /** They may have an alpha channel. @default {false} */
  readonly hasAlpha?: boolean;
}

/**
 * What an effort of 0 to 6 means to each encoder. More than 4 is never asked of AVIF: at 4 an image of a megapixel takes
 * seconds already.
 */
const EFFORTS = {
  /** zlib's level. */
  png: [1, 2, 4, 6, 7, 8, 9],
  /** libwebp's own scale. */
  webp: [0, 1, 2, 3, 4, 5, 6],
  /** libaom's, by way of libheif. */
  avif: [0, 1, 2, 3, 4, 4, 4],
  /** cgif's and libimagequant's. */
  gif: [1, 2, 4, 5, 7, 8, 10],
} as const;

const DEFAULT_EFFORT = { png: 3, webp: 4, avif: 2, gif: 4 } as const;
const DEFAULT_QUALITY = { jpeg: 80, webp: 80, avif: 60 } as const;

/** From this quality on AVIF keeps the full resolution of colours. */
const AVIF_FULL_COLOR_QUALITY = 90;

/** From this effort on JPEG is progressive, which is smaller; from the next on it is optimised as mozjpeg does. */
const JPEG_PROGRESSIVE_EFFORT = 4;

/**
 * Gives the options of sharp's encoder for one format.
 *
 * - JPEG: an effort of 4 writes progressive files, 5 and 6 mozjpeg's optimised ones.
 * - PNG: lossless, until a quality below 100 asks for a palette of as few colours as reach it.
 * - GIF: a quality below 100 takes so many hundredths of the 256 colours.
 * - TIFF: lossless (deflate), until a quality below 100 asks for JPEG inside, which has no room for alpha.
 */
export function encoderOptions<Format extends OutputFormat>(
  format: Format,
  settings: EncodeSettings,
  options: EncoderTraits = {},
): EncoderOptions[Format] {
  return ENCODERS[format](settings, options);
}

const ENCODERS: {
  readonly [Format in OutputFormat]: (
    settings: EncodeSettings,
    traits: EncoderTraits,
  ) => EncoderOptions[Format];
} = {
  jpeg: ({ quality = DEFAULT_QUALITY.jpeg, effort = 0 }) => ({
    quality,
    progressive: effort >= JPEG_PROGRESSIVE_EFFORT,
    mozjpeg: effort > JPEG_PROGRESSIVE_EFFORT,
  }),
  png: (settings) => ({
    compressionLevel: effortOf("png", settings),
    ...(isLossy(settings) && { palette: true, quality: settings.quality }),
  }),
  webp: ({ quality = DEFAULT_QUALITY.webp, lossless = false, ...settings }) => ({
    quality,
    lossless,
    effort: effortOf("webp", settings),
  }),
  avif: ({ quality = DEFAULT_QUALITY.avif, lossless = false, ...settings }) => ({
    quality,
    lossless,
    effort: effortOf("avif", settings),
    chromaSubsampling: lossless || quality >= AVIF_FULL_COLOR_QUALITY ? "4:4:4" : "4:2:0",
  }),
  gif: (settings) => ({
    effort: effortOf("gif", settings),
    ...(isLossy(settings) && { colours: Math.max(2, Math.round(((settings.quality ?? 100) / 100) * 256)) }),
  }),
  tiff: (settings, { hasAlpha = false }) =>
    isLossy(settings) && !hasAlpha
      ? { compression: "jpeg", quality: settings.quality }
      : { compression: "deflate", predictor: "horizontal" },
};

function effortOf(format: keyof typeof EFFORTS, { effort }: EncodeSettings): number {
  return EFFORTS[format][effort ?? DEFAULT_EFFORT[format]] ?? 0;
}

function isLossy({ quality = 100, lossless = false }: EncodeSettings): boolean {
  return quality < 100 && !lossless;
}
