import type { OutputInfo, Sharp } from "sharp";
import type { EncodeSettings } from "../transform/output/encode_settings.ts";
import { encoderOptions } from "../transform/output/encoder_options.ts";
import { storageError } from "../storage_error.ts";
import type { OutputFormat } from "../transform/output/formats.ts";
import type { Playback } from "./picture.ts";
import type { Rendered } from "./renderer.ts";

/** How a result is written. */
export interface OutputOptions {
  readonly format: OutputFormat;
  readonly settings: EncodeSettings;
  readonly playback: Playback;
  /** The pixels may have an alpha channel. */
  readonly hasAlpha: boolean;
}

/** The longest frame in milliseconds, and the most repetitions, that sharp takes. Sources may have more of both. */
const MOST_PLAYBACK = 65_535;

/** Encodes an image into a file, whatever the file's name looks like. This is when most pixels are computed. */
export async function writeOutput(image: Sharp, path: string, options: OutputOptions): Promise<Rendered> {
  return renderedOf(await encode(image, options).toFile(path));
}

/**
 * Returns what sharp says of a file that it wrote, in our words.
 *
 * @throws {ProgImageError} `storage_error` if the file cannot be looked at: then sharp gives no size and no error
 */
export function renderedOf({ width, height, pages = 1, pageHeight, size }: OutputInfo): Rendered {
  if (!(size > 0)) throw storageError();
  return { width, height: pageHeight ?? Math.round(height / pages), pages, bytes: size };
}

/** Sets the encoder of an image. */
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
