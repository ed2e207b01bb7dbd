import {
  canAnimate,
  defaultOutputFormat,
  type Image,
  OUTPUT_FORMATS,
  type OutputFormat,
  outputFacts,
  type Size,
} from "@progimage/core";
import { type Acceptance, acceptedFormats } from "./accepted_formats.ts";

/** The image whose result is negotiated. */
export type NegotiatedImage = Pick<Image, "format" | "hasAlpha" | "pages">;

/** Options for {@linkcode negotiateFormat}. */
export interface NegotiateFormatOptions {
  /** The size of the result. */
  readonly size: Size;
  /** The format for a caller without a preference. */
  readonly usual: OutputFormat;
}

/** A format that a caller accepts. */
interface Candidate extends Acceptance {
  readonly format: OutputFormat;
}

/** Returns the usual format of `auto`: one that all programs can show. */
export function universalFormat(image: NegotiatedImage): OutputFormat {
  if (isAnimated(image)) return defaultOutputFormat(image.format);
  return image.hasAlpha ? "png" : "jpeg";
}

/**
 * Returns the format with the largest weight in the `Accept` header. If weights are equal, it returns by rank a small format that the header
 * names, then the image's own if it is named, then the usual one. If the caller accepts an animated format, an animation stays one. A
 * format that is slow to write at the size of the result is left out. If no format is accepted, it returns the usual one.
 */
export function negotiateFormat(
  accept: string | null,
  image: NegotiatedImage,
  { size, usual }: NegotiateFormatOptions,
): OutputFormat {
  const acceptances = acceptedFormats(accept);
  const candidates = OUTPUT_FORMATS.map((format) => ({ format, ...acceptances[format] }))
    .filter(({ format, weight }) => weight > 0 && (format === usual || isQuick(format, size)))
    .map((candidate) => ({ ...candidate, place: placeOf(candidate, image, usual) }))
    .toSorted((one, other) => other.weight - one.weight || one.place - other.place);
  const moving = isAnimated(image) ? candidates.find(({ format }) => canAnimate(format)) : undefined;
  return (moving ?? candidates[0])?.format ?? usual;
}

/** The first place after the small formats, which come by rank. */
const AFTER_SMALL = 100;

/**
 * Returns the place of a format among those with the same weight. A small format must be named, as many programs that send wildcards
 * cannot read it.
 */
function placeOf({ format, isNamed }: Candidate, image: NegotiatedImage, usual: OutputFormat): number {
  const { negotiation, hasAlpha } = outputFacts(format);
  if (isNamed && negotiation) return negotiation.rank;
  if (isNamed && format === image.format) return AFTER_SMALL;
  if (format === usual) return AFTER_SMALL + 1;
  if (negotiation) return AFTER_SMALL + 4;
  return image.hasAlpha === hasAlpha ? AFTER_SMALL + 2 : AFTER_SMALL + 3;
}

function isQuick(format: OutputFormat, { width, height }: Size): boolean {
  return width * height <= (outputFacts(format).negotiation?.mostPixels ?? Infinity);
}

function isAnimated({ format, pages }: NegotiatedImage): boolean {
  return pages > 1 && canAnimate(format);
}
