import type { OutputInfo, Sharp } from "sharp";
import type { EncodeSettings } from "../transform/output/encode_settings.ts";
import { encoderOptions } from "../transform/output/encoder_options.ts";
import { storageError } from "../storage_error.ts";
import type { OutputFormat } from "../transform/output/formats.ts";
import type { Playback } from "./picture.ts";
import type { Rendered } from "./renderer.ts";

/** How a result is encoded. */
export interface OutputOptions {
  readonly format: OutputFormat;
  readonly settings: EncodeSettings;
  readonly playback: Playback;
  /** Whether the pixels may have an alpha channel. */
  readonly hasAlpha: boolean;
  /** Whether it is a photograph, for PNG. @default {false} */
  readonly isPhotograph?: boolean;
}

/** The most repetitions that sharp accepts. It reads the highest value of a GIF as one more. */
const MOST_REPETITIONS = 65_535;
/** The longest frame in milliseconds: a GIF has 16 bits for hundredths of a second, a WebP 24 bits for milliseconds. */
const LONGEST_FRAME = { gif: 655_350, webp: 16_777_215 } as const;

/** Encodes an image into a file, ignoring the extension of its name. Most pixels are computed during this call. */
export async function writeOutput(image: Sharp, path: string, options: OutputOptions): Promise<Rendered> {
  return renderedOf(await encode(image, options).toFile(path));
}

/**
 * Converts sharp's description of a written file.
 *
 * @throws {ProgImageError} `storage_error` if the file cannot be examined: in that case sharp reports no size and no error
 */
export function renderedOf({ width, height, pages = 1, pageHeight, size }: OutputInfo): Rendered {
  if (!(size > 0)) throw storageError();
  return { width, height: pageHeight ?? Math.round(height / pages), pages, bytes: size };
}

/** Configures the encoder of an image. */
export function encode(image: Sharp, { format, settings, playback, ...traits }: OutputOptions): Sharp {
  switch (format) {
    case "jpeg":
      return image.jpeg(encoderOptions("jpeg", settings));
    case "png":
      return image.png(encoderOptions("png", settings, traits));
    case "webp":
      return withPlayback(image.webp(encoderOptions("webp", settings)), playback, LONGEST_FRAME.webp);
    case "avif":
      return image.avif(encoderOptions("avif", settings));
    case "gif":
      return withPlayback(image.gif(encoderOptions("gif", settings)), playback, LONGEST_FRAME.gif);
    case "tiff":
      return image.tiff(encoderOptions("tiff", settings, traits));
  }
}

/**
 * Sets how an animation plays. sharp refuses frames above 65.535 s, although libvips and both formats hold longer ones. So its option is set
 * without its check.
 */
function withPlayback(image: Sharp, { delay, loop }: Playback, longest: number): Sharp {
  const { options } = image as Sharp & { readonly options: { delay: readonly number[]; loop: number } };
  if (delay) options.delay = delay.map((milliseconds) => Math.min(milliseconds, longest));
  if (loop !== undefined) options.loop = Math.min(loop, MOST_REPETITIONS);
  return image;
}
