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
}

/** The longest frame in milliseconds, and the most repetitions, that sharp accepts. Sources may exceed both. */
const MOST_PLAYBACK = 65_535;

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
export function encode(image: Sharp, { format, settings, playback, hasAlpha }: OutputOptions): Sharp {
  const given = writablePlayback(playback);
  switch (format) {
    case "jpeg":
      return image.jpeg(encoderOptions("jpeg", settings));
    case "png":
      return image.png(encoderOptions("png", settings));
    case "webp":
      return image.webp({ ...encoderOptions("webp", settings), ...given });
    case "avif":
      return image.avif(encoderOptions("avif", settings));
    case "gif":
      return image.gif({ ...encoderOptions("gif", settings), ...given });
    case "tiff":
      return image.tiff(encoderOptions("tiff", settings, { hasAlpha }));
  }
}

function writablePlayback({ delay, loop }: Playback): Partial<Playback> {
  return {
    ...(delay && { delay: delay.map((milliseconds) => Math.min(milliseconds, MOST_PLAYBACK)) }),
    ...(loop !== undefined && { loop: Math.min(loop, MOST_PLAYBACK) }),
  };
}
