import type { Metadata } from "sharp";
import { ProgImageError } from "../../error.ts";
import type { Limits } from "../../limits.ts";
import { canAnimate, FORMATS, type SourceFormat } from "../../transform/output/formats.ts";
import { unsupportedKind } from "../sharp_error.ts";

/** The fields of a header that decide whether a file may be decoded. */
type CheckedHeader = Pick<Metadata, "depth" | "height" | "pages" | "space" | "width">;

/**
 * Rejects a file, by its header, that is too large or has numbers that renders cannot convert.
 *
 * @throws {ProgImageError} `too_many_pixels`, `unsupported_media`
 */
export function checkHeader(header: CheckedHeader, format: SourceFormat, limits: Limits): void {
  checkSize(header, format, limits);
  checkChannels(header, format);
}

/**
 * Rejects a file with too many frames or pages.
 *
 * @throws {ProgImageError} `too_many_pixels`
 */
export function checkFrames(frames: number, name: "frames" | "pages", { inputFrames }: Limits): void {
  if (frames <= inputFrames) return;
  const has = name === "pages" ? "more" : String(frames);
  refuse(inputFrames, `have at most ${inputFrames} ${name}: it has ${has}`);
}

function checkSize(header: CheckedHeader, format: SourceFormat, limits: Limits): void {
  const { width, height } = header;
  const pages = canAnimate(format) ? (header.pages ?? 1) : 1;
  const { inputSide, inputPixels } = limits;
  if (Math.max(width, height) > inputSide) {
    refuse(inputSide, `be at most ${inputSide} pixels wide and high: it is ${width} × ${height}`);
  }
  checkFrames(pages, "frames", limits);
  const pixels = width * height * pages;
  if (pixels > inputPixels)
    refuse(inputPixels, `have at most ${inputPixels} pixels in all its frames: it has ${pixels}`);
}

/** The kinds of numbers that renders cannot convert, by libvips' names. Floating-point numbers have no agreed range. */
const NUMBERS: Readonly<Record<string, string>> = {
  char: "signed numbers",
  short: "signed numbers",
  uint: "numbers of 32 bits",
  int: "numbers of 32 bits",
  float: "floating-point numbers",
  double: "floating-point numbers",
  complex: "complex numbers",
  dpcomplex: "complex numbers",
};

function checkChannels({ depth, space }: CheckedHeader, format: SourceFormat): void {
  const numbers = NUMBERS[depth];
  if (numbers === undefined || SIGNED_SPACES.includes(space)) return;
  throw unsupportedKind(FORMATS[format].title, `its channels are ${numbers}`);
}

/** The colour spaces whose channels are signed, or fractions, in images that libvips converts. */
const SIGNED_SPACES: readonly string[] = ["lab", "labs"];

function refuse(limit: number, text: string): never {
  throw new ProgImageError("too_many_pixels", `Cannot read image as it may ${text}`, { details: { limit } });
}
