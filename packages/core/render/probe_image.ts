import { readFile } from "node:fs/promises";
import type { Metadata } from "sharp";
import { rgbaToThumbHash } from "thumbhash";
import { isProgImageError } from "../error.ts";
import type { Probe } from "../image/probe.ts";
import type { ImageWarning } from "../image/image_warning.ts";
import type { Limits } from "../limits.ts";
import {
  canAnimate,
  FORMATS,
  SOURCE_FORMATS,
  type FormatFacts,
  type SourceFormat,
} from "../transform/output/formats.ts";
import type { ColorDescription } from "./color/color_description.ts";
import { readPngChunks } from "./color/png_color.ts";
import { declaredColor } from "./color/declared_color.ts";
import { toSrgb } from "./color/to_srgb.ts";
import { dominantColor } from "./dominant_color.ts";
import { checkFrames, checkHeader } from "./input/check_header.ts";
import { dropChannels, hasExtraChannels } from "./input/drop_channels.ts";
import { explainRefusal } from "./input/explain_refusal.ts";
import { readBeginning } from "./input/image_signature.ts";
import { endsProperly, hasAllPixels } from "./input/jpeg_end.ts";
import { prepareInput } from "./input/prepare_input.ts";
import { pictureOfFile, readMetadata, readSvg } from "./open_source.ts";
import type { Picture } from "./picture.ts";
import { looksLikeSvg } from "./svg/svg_input.ts";
import { fromSharpError, unsupportedMedia } from "./sharp_error.ts";
import { countTiffPages } from "./tiff_pages.ts";

/** The longest side of the small copy from which ThumbHash and dominant colour are computed. */
const SMALL_SIDE = 32;

/** Files up to this size are faster to read as a whole and decode from memory. */
const READ_BYTES = 1_000_000;

/** How many bytes of a file are searched for the first tag of an SVG. */
const SNIFFED_BYTES = 4096;

/**
 * Returns the properties of an image by decoding all of it: an image that passes can be rendered. Checks limits before decoding pixels.
 *
 * @throws {ProgImageError} `unsupported_media`, `broken_image`, `too_many_pixels`, `too_large`, `too_costly`
 */
export async function probeImage(path: string, limits: Limits): Promise<Probe> {
  try {
    return await probeFile(path, limits);
  } catch (error) {
    throw explainRefusal(error, path);
  }
}

async function probeFile(path: string, limits: Limits): Promise<Probe> {
  // Opening a TIFF takes longer the more pages it has.
  checkFrames(countTiffPages(path, limits.inputFrames), "pages", limits);
  const { input, metadata, density } = await readHeader(path, limits);
  const format = formatOf(metadata);
  checkHeader(metadata, format, limits);
  const isAnimated = canAnimate(format) && (metadata.pages ?? 1) > 1;
  const whole = isAnimated ? await readMetadata(input, { isAnimated }) : metadata;
  const { input: prepared, changed } =
    format === "svg" ? { input, changed: {} } : await prepareInput({ path, format });
  const color = declaredColor({ path, format }, metadata);
  const opened = pictureOfFile(
    // Read from memory only after the header is known: sharp would try any file in memory as an SVG too.
    prepared === path && Bun.file(path).size <= READ_BYTES ? await readFile(path) : prepared,
    { ...whole, ...changed },
    limits,
    { isAnimated, density, ...(color && { kept: { profile: true, is16Bit: false } }) },
  );
  const picture = hasExtraChannels(metadata) ? await dropChannels(opened, limits) : opened;
  const warnings = warningsOf(path, { format, metadata, color });
  const decoded = await decodeSmall(picture, format).catch(async (error: unknown) => {
    const isCut = format === "jpeg" && !endsProperly(path);
    if (!isCut || !(await hasAllPixels(path, limits.inputPixels))) throw error;
    warnings.push("end_missing");
    return await decodeSmall(pictureOfFile(prepared, metadata, limits, { failOn: "none" }), format);
  });
  const isTurned = (picture.frameOrientation ?? 1) > 1;
  const first = isTurned ? pictureOfFile(prepared, metadata, limits) : picture;
  const asDeclared = isTurned ? await decodeSmall(first, format) : decoded;
  const small = color ? { ...asDeclared, rgba: rgbaOf(asDeclared.rgba, color) } : asDeclared;
  return {
    format,
    ...first.size,
    pages: metadata.pages ?? 1,
    durationMs: (isAnimated && whole.delay?.reduce((sum, delay) => sum + delay, 0)) || null,
    hasAlpha: picture.hasAlpha,
    orientation: metadata.orientation ?? 1,
    colorSpace: metadata.space,
    hasProfile: metadata.hasProfile,
    depth: metadata.depth,
    warnings,
    dominantColor: dominantColor(small.rgba),
    thumbhash: Buffer.from(rgbaToThumbHash(small.width, small.height, small.rgba)).toString("base64"),
  };
}

interface WarningFacts {
  readonly format: SourceFormat;
  readonly metadata: Metadata;
  readonly color: ColorDescription | null;
}

function warningsOf(path: string, { format, metadata, color }: WarningFacts): ImageWarning[] {
  const found: readonly (readonly [boolean, ImageWarning])[] = [
    [format === "png" && readPngChunks(path).has("acTL"), "first_frame_only"],
    [hasExtraChannels(metadata), "channels_dropped"],
    [color?.transfer === "pq" || color?.transfer === "hlg", "tone_mapped"],
  ];
  return found.flatMap(([isTrue, code]) => (isTrue ? [code] : []));
}

interface FileHeader {
  readonly input: string | Buffer;
  readonly metadata: Metadata;
  /** The pixels an inch at which an SVG is drawn. */
  readonly density?: number;
}

/** Reads the header of a file. Tries it as an SVG only if no other decoder recognises it, because the SVG decoder is less strict. */
async function readHeader(path: string, limits: Limits): Promise<FileHeader> {
  try {
    return { input: path, metadata: await readMetadata(path) };
  } catch (error) {
    const isUnknown = isProgImageError(error) && error.code === "unsupported_media";
    if (!isUnknown || !looksLikeSvg(readBeginning(path, SNIFFED_BYTES))) throw error;
  }
  const { svg, density } = await readSvg(path, limits);
  return { input: svg, metadata: await readMetadata(svg, { density }), density };
}

/** The codec distinguishes AVIF from HEIC of phones, of which only the header can be read. */
function formatOf({ format, compression }: Metadata): SourceFormat {
  const found = SOURCE_FORMATS.find((name) => {
    const { decoder }: FormatFacts = FORMATS[name];
    return decoder.format === format && (decoder.compression ?? compression) === compression;
  });
  if (!found) throw unsupportedMedia();
  return found;
}

/** Decodes everything, including all frames of an animation. Returns a small copy of the first frame. */
async function decodeSmall(
  picture: Picture,
  format: SourceFormat,
): Promise<{ readonly width: number; readonly height: number; readonly rgba: Uint8Array }> {
  try {
    const opened = picture.open();
    // Draws an SVG at its declared size, as with other images. Drawing it small would hide the cost of its filters.
    const whole = format === "svg" ? opened.pipelineColourspace("srgb") : opened;
    const image = whole.resize(SMALL_SIDE, SMALL_SIDE, { fit: "inside" });
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const height = Math.round(info.height / picture.pages);
    return { width: info.width, height, rgba: toRgba(data, info.width * height, info.channels) };
  } catch (error) {
    throw fromSharpError(error, "decode");
  }
}

function rgbaOf(data: Uint8Array, color: ColorDescription): Uint8Array {
  return toSrgb({ data: new Uint8Array(data), channels: 4, most: 255 }, color);
}

/** Converts pixels of one to four channels to RGBA. For this few pixels it takes a tenth of the time that libvips takes. */
function toRgba(pixels: Uint8Array, count: number, channels: number): Uint8Array {
  if (channels === 4) return pixels.subarray(0, count * 4);
  const rgba = new Uint8Array(count * 4).fill(255);
  const colors = channels < 3 ? 1 : 3;
  for (let pixel = 0; pixel < count; pixel++) {
    const from = pixel * channels;
    for (let color = 0; color < 3; color++)
      rgba[pixel * 4 + color] = pixels[from + Math.min(color, colors - 1)] ?? 0;
    if (channels === 2) rgba[pixel * 4 + 3] = pixels[from + 1] ?? 255;
  }
  return rgba;
}
