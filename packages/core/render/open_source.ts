import { readFile } from "node:fs/promises";
import type { Metadata, SharpOptions } from "sharp";
import { ProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";
import type { OpenSettings } from "../transform/values/open_settings.ts";
import { type KeptColor, NOTHING_KEPT } from "../transform/planning/kept_color.ts";
import { isProbedPage } from "../transform/planning/opened_source.ts";
import type { PixelStep } from "../transform/planning/resolve_steps.ts";
import type { ImageFile, SourceTraits } from "./renderer.ts";
import { declaredColor, decodeInSrgb } from "./color/declared_color.ts";
import { checkHeader } from "./input/check_header.ts";
import { dropChannels, hasExtraChannels } from "./input/drop_channels.ts";
import { prepareInput } from "./input/prepare_input.ts";
import type { Picture } from "./picture.ts";
import { fromSharpError } from "./sharp_error.ts";
import { shrinksFast } from "./shrink_on_load.ts";
import { checkSvg } from "./svg/check_svg.ts";
import { prepareSvg, type SvgInput } from "./svg/svg_input.ts";
import { sharp } from "./sharp_setup.ts";

/** Options for {@linkcode openSource}. */
export interface OpenSourceOptions {
  /** Opens all frames of an animation instead of the first. @default {false} */
  readonly isAnimated?: boolean;
  /** How it is opened, as far as steps set it. @default {} */
  readonly open?: OpenSettings;
  /** Known facts about a still. If omitted, its header is read. */
  readonly traits?: SourceTraits;
  /** The properties of its colours that stay unchanged. @default {NOTHING_KEPT} */
  readonly kept?: KeptColor;
  /** The pixels an inch at which an SVG is drawn. Files of pixels ignore it. @default {72} */
  readonly density?: number;
  /** The faults of a file at which decoding fails. @default {"error"} */
  readonly failOn?: "none" | "error";
  /** The step that follows. Colours that are converted ahead of all steps may be scaled for it. */
  readonly firstStep?: PixelStep;
}

/** Options for {@linkcode pictureOfFile}. */
export interface PictureOfFileOptions extends OpenSourceOptions {
  /** Whether the decoder does as much of a shrink as it can, for speed. @default {true} */
  readonly shrinksFast?: boolean;
}

/** The fields of a file's header that determine how the file is opened. */
type Header = Pick<Metadata, "autoOrient" | "hasAlpha" | "height" | "width"> & Partial<Metadata>;

/** Colour spaces in which sharp's operations give the expected results. All others are converted first. */
const PLAIN_SPACES: ReadonlySet<string> = new Set(["srgb", "b-w", "cmyk"]);

/**
 * Opens an image and reads its header. Pixels are decoded when they are used.
 *
 * @throws {ProgImageError} `unsupported_media`, `broken_image`, `too_many_pixels`, `too_large`
 */
export async function openSource(
  file: ImageFile,
  limits: Limits,
  options: OpenSourceOptions = {},
): Promise<Picture> {
  if (file.format === "svg") return await openSvg(file.path, limits, options);
  const { traits, isAnimated = false, open = {} } = options;
  // The known facts are of the first page, and do not include the number of channels.
  const isProbed = isProbedPage(file, open);
  const isKnown = !isAnimated && file.format !== "tiff" && isProbed;
  const header =
    traits && isKnown ? headerOf(traits) : await readHeader(file, limits, { ...options, isProbed });
  const { input, changed, failOn } = await prepareInput(file);
  const color = options.kept?.profile ? null : declaredColor(file, header);
  if (color) {
    const kept = { profile: true, is16Bit: header.depth === "ushort" };
    const { firstStep } = options;
    return await decodeInSrgb(pictureOfFile(input, header, limits, { kept, open }), color, {
      limits,
      firstStep,
    });
  }
  const opened = { ...options, failOn, shrinksFast: shrinksFast(file.format) };
  const picture = pictureOfFile(input, { ...header, ...changed }, limits, opened);
  return hasExtraChannels(header) ? await dropChannels(picture, limits) : picture;
}

/** Reads the header of the opened page. Checks it as a probe does unless one has. */
async function readHeader(
  { path, format }: ImageFile,
  limits: Limits,
  { isProbed, ...options }: OpenSourceOptions & { readonly isProbed: boolean },
): Promise<Metadata> {
  const header = await readMetadata(path, options);
  if (!isProbed) checkHeader(header, format, limits);
  return header;
}

async function openSvg(path: string, limits: Limits, options: OpenSourceOptions): Promise<Picture> {
  const { svg, density } = await readSvg(path, limits);
  const drawn = { ...options, density };
  const header = options.traits ? headerOf(options.traits) : await readMetadata(svg, drawn);
  return pictureOfFile(svg, header, limits, drawn);
}

function headerOf({ colorSpace, ...traits }: SourceTraits): Header {
  const { width, height, orientation } = traits;
  const isSwapped = orientation > 4;
  return {
    ...traits,
    // As stored, and as a viewer sees it.
    ...(isSwapped && { width: height, height: width }),
    autoOrient: { width, height },
    space: colorSpace as Metadata["space"],
    depth: traits.depth as Metadata["depth"],
  };
}

/** Creates a picture from a file whose header was read. */
export function pictureOfFile(
  input: string | Buffer,
  metadata: Header,
  limits: Limits,
  {
    isAnimated = false,
    kept = NOTHING_KEPT,
    density,
    failOn = "error",
    open = {},
    shrinksFast: isFast = true,
  }: PictureOfFileOptions = {},
): Picture {
  const pages = (isAnimated && metadata.pages) || 1;
  // libvips does not rotate animations.
  const autoOrient = pages === 1 && !open.isUnturned;
  const { space = "srgb", hasProfile = false, depth } = metadata;
  // sharp converts CMYK by a profile, but only if it gets it as it is.
  const converts = !PLAIN_SPACES.has(space) || (depth === "ushort" && space !== "cmyk");
  const base: SharpOptions = {
    failOn,
    limitInputPixels: limits.inputPixels,
    pages,
    autoOrient,
    ignoreIcc: kept.profile,
    density,
    ...(open.page !== undefined && { page: open.page - 1 }),
  };
  return {
    size: sizeOf(metadata, autoOrient),
    pages,
    hasAlpha: metadata.hasAlpha ?? false,
    playback:
      pages > 1 ? { delay: metadata.delay, loop: metadata.loop } : { delay: undefined, loop: undefined },
    file: {
      isTurned: autoOrient && (metadata.orientation ?? 1) > 1,
      isGrey: space === "b-w" || space === "grey16",
      isPlain: (!hasProfile || kept.profile) && (space === "srgb" || space === "b-w"),
    },
    frameOrientation: pages > 1 && !open.isUnturned ? metadata.orientation : 1,
    is16Bit: kept.is16Bit,
    open: () => {
      const image = sharp(input, base);
      // Without a size it only sets the option, which later calls of plugins keep.
      if (!isFast) image.resize({ fastShrinkOnLoad: false });
      if (kept.is16Bit) return image.pipelineColourspace("rgb16").toColourspace("rgb16");
      // Converting first disables shrink-on-load, which these files do not support anyway.
      return converts ? image.pipelineColourspace("srgb") : image;
    },
  };
}

/**
 * Reads the header of a file. The caller must check limits.
 *
 * @throws {ProgImageError} `unsupported_media`, `broken_image`, `too_costly`
 */
export async function readMetadata(
  input: string | Buffer,
  { isAnimated = false, density, open = {} }: OpenSourceOptions = {},
): Promise<Metadata> {
  const page = open.page === undefined ? {} : { page: open.page - 1 };
  try {
    const options: SharpOptions = {
      failOn: "error",
      limitInputPixels: false,
      animated: isAnimated,
      density,
      ...page,
    };
    return await sharp(input, options).metadata();
  } catch (error) {
    throw fromSharpError(error, "decode");
  }
}

/**
 * Reads an SVG into memory, because the decoder refuses to read one by its path.
 *
 * @throws {ProgImageError} `too_large`, `too_costly`, `too_many_pixels`
 */
export async function readSvg(path: string, limits: Limits): Promise<SvgInput> {
  const { svgBytes } = limits;
  const { size } = Bun.file(path);
  if (size > svgBytes) {
    const message = `Cannot read SVG as it may have at most ${svgBytes} bytes: it has ${size}`;
    throw new ProgImageError("too_large", message, { details: { limit: svgBytes } });
  }
  const svg = await readFile(path);
  // An embedded file that sharp cannot read is not drawn by the SVG decoder either.
  await checkSvg(svg, limits, (file) => readMetadata(file).catch(() => null));
  return await prepareSvg(svg, svgBytes, (prepared, density) => readMetadata(prepared, { density }));
}

function sizeOf(metadata: Header, isTurned: boolean): Picture["size"] {
  const { width, height, pageHeight = height, autoOrient } = metadata;
  return isTurned ? { width: autoOrient.width, height: autoOrient.height } : { width, height: pageHeight };
}
