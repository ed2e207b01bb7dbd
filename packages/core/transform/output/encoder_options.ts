import type { AvifOptions, GifOptions, JpegOptions, PngOptions, TiffOptions, WebpOptions } from "sharp";
import type { EncodeSettings } from "./encode_settings.ts";
import { type OutputFormat, outputFacts } from "./formats.ts";

/** The options of sharp's encoder for each format. */
export interface EncoderOptions {
  readonly jpeg: JpegOptions;
  readonly png: PngOptions;
  readonly webp: WebpOptions;
  readonly avif: AvifOptions;
  readonly gif: GifOptions;
  readonly tiff: TiffOptions;
}

/** The most times that a result is encoded to fit `maxBytes`. */
export const MOST_ENCODES = 5;

/** Properties of the pixels to encode. */
export interface EncoderTraits {
  /** Whether they may have an alpha channel. @default {false} */
  readonly hasAlpha?: boolean;
  /** Whether few neighbours have the same colour. @default {false} */
  readonly isPhotograph?: boolean;
}

/** The effort of each encoder for an effort of 0 to 6. AVIF gets 4 at most, with which an image of a megapixel already takes seconds. */
const EFFORTS = {
  /** Levels of zlib. */
  png: [1, 2, 4, 6, 7, 8, 9],
  /** The scale of libwebp. */
  webp: [0, 1, 2, 3, 4, 5, 6],
  /** The scale of libaom, through libheif. */
  avif: [0, 1, 2, 3, 4, 4, 4],
  /** The scales of cgif and libimagequant. */
  gif: [1, 2, 4, 5, 7, 8, 10],
} as const;

/** In sharp's spelling. */
const SUBSAMPLING = { "420": "4:2:0", "444": "4:4:4" } as const;

const DEFAULT_EFFORT = { png: 3, webp: 4, avif: 2, gif: 4 } as const;
/** The default quality of the formats that are lossy by default. */
export const DEFAULT_QUALITY = { jpeg: 80, webp: 80, avif: 60 } as const;

const DEFAULT_GIF_QUALITY = 80;
const LEVELS_PER_QUALITY = 0.4;
/** The most that libvips allows. */
const MOST_LEVELS = 32;

/** From this quality on, AVIF keeps the full resolution of colours. */
const AVIF_FULL_COLOR_QUALITY = 90;

/** From this effort on, JPEG is progressive, which is smaller. From the next on, it is also optimised like mozjpeg. */
const JPEG_PROGRESSIVE_EFFORT = 4;

/**
 * Returns the options of sharp's encoder for a format.
 *
 * - JPEG: an effort of 4 writes progressive files, 5 and 6 ones optimised like mozjpeg's.
 * - PNG: lossless, unless a quality below 100 selects a palette with the fewest colours that reach it. Rows of photographs are filtered,
 *   unless the effort is 0.
 * - GIF: a quality below 100 lets pixels stay as in the frame before if they differ little, and dithers less. Its palette has 256 colours.
 * - Palettes have 2, 4, 16 or 256 colours: other numbers are rounded up.
 * - TIFF: lossless (deflate), unless a quality below 100 selects JPEG inside, which does not support alpha.
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
  jpeg: ({
    quality = DEFAULT_QUALITY.jpeg,
    effort = 0,
    chroma = "420",
    progressive = effort >= JPEG_PROGRESSIVE_EFFORT,
  }) => ({
    quality,
    progressive,
    chromaSubsampling: SUBSAMPLING[chroma],
    // The options of `mozjpeg`, which would always be progressive.
    ...(effort > JPEG_PROGRESSIVE_EFFORT && {
      trellisQuantisation: true,
      overshootDeringing: true,
      optimiseScans: progressive,
      quantisationTable: 3,
    }),
  }),
  png: (settings, { isPhotograph = false }) => ({
    compressionLevel: effortOf("png", settings),
    progressive: settings.progressive ?? false,
    ...(hasPalette(settings)
      ? { palette: true, quality: settings.quality ?? 100, colours: settings.colors ?? 256 }
      : isPhotograph && settings.effort !== 0 && { adaptiveFiltering: true }),
  }),
  webp: ({ quality = DEFAULT_QUALITY.webp, lossless = false, ...settings }) => ({
    quality,
    lossless,
    effort: effortOf("webp", settings),
    smartSubsample: settings.chroma === "444",
  }),
  avif: ({ quality = DEFAULT_QUALITY.avif, lossless = false, chroma, ...settings }) => ({
    quality,
    lossless,
    effort: effortOf("avif", settings),
    chromaSubsampling:
      SUBSAMPLING[lossless ? "444" : (chroma ?? (quality >= AVIF_FULL_COLOR_QUALITY ? "444" : "420"))],
  }),
  gif: (settings) => ({
    ...lossOfGif(settings),
    effort: effortOf("gif", settings),
    progressive: settings.progressive ?? false,
    ...(settings.colors !== undefined && { colours: settings.colors }),
  }),
  tiff: (settings, { hasAlpha = false }) =>
    isLossy(settings) && !hasAlpha
      ? { compression: "jpeg", quality: settings.quality }
      : { compression: "deflate", predictor: "horizontal" },
};

/** Whether a file of a format, encoded with these settings, keeps 16 bits a channel. */
export function holds16Bits(format: OutputFormat, settings: EncodeSettings): boolean {
  return outputFacts(format).holds16Bits && settings.colorSpace === "keep" && !hasPalette(settings);
}

/**
 * The default of 80 lets a pixel stay as in the frame before if it differs by at most 8 levels: a photographic animation takes 14 % fewer
 * bytes, at 0.6 decibels less.
 */
function lossOfGif({ quality = DEFAULT_GIF_QUALITY }: EncodeSettings): GifOptions {
  const levels = Math.round((100 - quality) * LEVELS_PER_QUALITY);
  return { interFrameMaxError: Math.min(levels, MOST_LEVELS), dither: quality / 100 };
}

/** Whether the result gets a palette that may change colours. */
export function hasPalette(settings: EncodeSettings): boolean {
  return settings.colors !== undefined || isLossy(settings);
}

function effortOf(format: keyof typeof EFFORTS, { effort }: EncodeSettings): number {
  return EFFORTS[format][effort ?? DEFAULT_EFFORT[format]] ?? 0;
}

function isLossy({ quality = 100, lossless = false }: EncodeSettings): boolean {
  return quality < 100 && !lossless;
}
