import type { Sharp } from "sharp";
import { fromStorageError } from "../storage_error.ts";
import type { EncodeSettings } from "../transform/output/encode_settings.ts";
import { DEFAULT_QUALITY } from "../transform/output/encoder_options.ts";
import type { OutputFormat } from "../transform/output/formats.ts";
import type { CarriedMetadata } from "./metadata/carried_metadata.ts";
import { BYTE_CURVES, canFitBytes, type FittingFormat } from "./byte_curves.ts";
import { fitBytes } from "./fit_bytes.ts";
import { withIptc } from "./metadata/iptc.ts";
import type { PixelPicture } from "./picture.ts";
import { greyPixels } from "./grey_pixels.ts";
import { fewColorsPng } from "./png/few_colors_png.ts";
import { looksPhotographic } from "./png/looks_photographic.ts";
import { pngCarrier } from "./png/png_carrier.ts";
import type { Rendered } from "./renderer.ts";
import { sharp } from "./sharp_setup.ts";
import { encode, type OutputOptions, renderedOf } from "./write_output.ts";

/** Options for {@linkcode writePixels}. */
export interface WritePixelsOptions extends OutputOptions {
  /** The profile and metadata to store in the file. */
  readonly carriedMetadata: CarriedMetadata | null;
}

interface Encoded extends Rendered {
  readonly file: Buffer;
}

/** From this many pixels on, encoders use less effort to fit a size, because they encode several times. */
const MANY_PIXELS = 1_500_000;
const MOST_EFFORT: Readonly<Record<FittingFormat, { readonly few: number; readonly many: number }>> = {
  jpeg: { few: 6, many: 4 },
  webp: { few: 4, many: 2 },
  avif: { few: 2, many: 0 },
};

/**
 * Encodes computed pixels with their profile and metadata, as many times as it takes to have at most `maxBytes`.
 *
 * @throws {ProgImageError} `does_not_fit`, `storage_full`, `storage_error`
 */
export async function writePixels(
  picture: PixelPicture,
  path: string,
  options: WritePixelsOptions,
): Promise<Rendered> {
  const { format, settings } = options;
  const { maxBytes } = settings;
  const isPhotograph = format === "png" && looksPhotographic(picture.pixels);
  const open = opener(picture, options);
  const encodeWith = (changed: EncodeSettings) =>
    encodeFile(open(), { ...options, isPhotograph, settings: changed });
  const { file, ...rendered } =
    maxBytes !== undefined && canFitBytes(format)
      ? await fitBytes((quality) => encodeWith({ ...frugal(settings, format, picture), quality }), {
          maxBytes,
          ceiling: settings.quality ?? DEFAULT_QUALITY[format],
          curve: BYTE_CURVES[format],
        })
      : await smallest(isPhotograph, encodeFewColors(picture, options), () => encodeWith(settings));
  await writeFile(path, file);
  return rendered;
}

async function writeFile(path: string, file: Buffer): Promise<void> {
  try {
    await Bun.write(path, file, { createPath: false });
  } catch (error) {
    throw fromStorageError(error, { isMissingFault: true });
  }
}

/** A palette is always smaller for a drawing. A smooth picture without colour may be smaller with filtered rows. */
async function smallest(
  isPhotograph: boolean,
  indexed: Encoded | null,
  encodeUsual: () => Promise<Encoded>,
): Promise<Encoded> {
  if (indexed && !isPhotograph) return indexed;
  const usual = await encodeUsual();
  return indexed && indexed.bytes < usual.bytes ? indexed : usual;
}

function encodeFewColors(
  { pixels, size }: PixelPicture,
  { format, settings, carriedMetadata }: WritePixelsOptions,
): Encoded | null {
  const file = format === "png" ? fewColorsPng(pixels, settings, carriedMetadata) : null;
  return file && { ...size, pages: 1, bytes: file.length, file };
}

/** The formats that store pixels without colour in one channel. */
const HOLD_GREY: ReadonlySet<OutputFormat> = new Set(["png", "tiff"]);

function opener(picture: PixelPicture, { format, carriedMetadata }: WritePixelsOptions): () => Sharp {
  if (carriedMetadata) return carrying(picture, carriedMetadata);
  const grey = HOLD_GREY.has(format) && !picture.is16Bit ? greyPixels(picture.pixels) : null;
  if (!grey) return picture.open;
  const raw = { ...picture.size, channels: grey.channels };
  return () => sharp(grey.data, { raw, limitInputPixels: false }).toColourspace("b-w");
}

function carrying(picture: PixelPicture, carriedMetadata: CarriedMetadata): () => Sharp {
  const { pixels } = picture;
  const carrier = pngCarrier(pixels, carriedMetadata);
  // The source's metadata may have small errors, which must not make the render fail.
  return () => {
    let image = sharp(carrier, { limitInputPixels: false, failOn: "none" });
    if (carriedMetadata.profile) image = image.keepIccProfile();
    if (carriedMetadata.exif) image = image.keepExif();
    if (carriedMetadata.xmp) image = image.keepXmp();
    return pixels.is16Bit ? image.toColourspace("rgb16") : image;
  };
}

function frugal(
  settings: EncodeSettings,
  format: FittingFormat,
  { size, pages }: PixelPicture,
): EncodeSettings {
  const { few, many } = MOST_EFFORT[format];
  const most = size.width * size.height * pages < MANY_PIXELS ? few : many;
  const { effort = format === "jpeg" ? 0 : most } = settings;
  return { ...settings, lossless: false, effort: Math.min(effort, most) };
}

async function encodeFile(image: Sharp, options: WritePixelsOptions): Promise<Encoded> {
  const { data, info } = await encode(image, options).toBuffer({ resolveWithObject: true });
  const { carriedMetadata, format } = options;
  const file =
    carriedMetadata?.iptc && format === ("jpeg" satisfies OutputFormat)
      ? withIptc(data, carriedMetadata.iptc)
      : data;
  return { ...renderedOf(info), bytes: file.length, file };
}
