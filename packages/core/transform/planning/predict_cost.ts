import type { EncodeSettings } from "../output/encode_settings.ts";
import { encoderOptions } from "../output/encoder_options.ts";
import type { OutputFormat, SourceFormat } from "../output/formats.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

/** The factors from which a render's cost is predicted. */
export interface CostFactors {
  readonly source: Size & { readonly format: SourceFormat };
  readonly steps: readonly ResolvedStep[];
  /** The size of the result, as far as it is known. */
  readonly output: Size;
  readonly pages: number;
  readonly format: OutputFormat;
  readonly encode: EncodeSettings;
  /** The most times that the result is encoded. */
  readonly encodes: number;
}

/** Milliseconds that every render takes. */
const BASE = 2;

/** Milliseconds to decode a megapixel, or to draw it for SVG. */
const DECODE: Readonly<Record<SourceFormat, number>> = {
  jpeg: 3,
  png: 9,
  webp: 10,
  avif: 30,
  gif: 6,
  tiff: 3,
  svg: 20,
};

/** How many times faster a decoder is that shrinks on load. */
const SHRINK_ON_LOAD: Partial<Record<SourceFormat, number>> = { jpeg: 1.6, webp: 2.5 };

/** Milliseconds that a step takes for a megapixel. Steps vary from a twentieth of it to thirty times as long. */
const STEP = 20;

/** Milliseconds to encode a megapixel. Lossless WebP and AVIF are below. */
const ENCODE: Readonly<Record<Exclude<OutputFormat, "avif">, number>> = {
  jpeg: 5,
  png: 55,
  webp: 60,
  gif: 1_500,
  tiff: 3,
};
const ENCODE_LOSSLESS_WEBP = 400;
const ENCODE_AVIF_BY_EFFORT = [40, 55, 200, 240, 1_600] as const;

/**
 * Predicts the milliseconds that a render takes on one core. Measured with sharp 0.35 on photographs and rounded, to distinguish expensive
 * work from cheap work. {@linkcode DurationEstimate} learns how fast this machine is.
 */
export function predictCost(factors: CostFactors): number {
  return costOf(factors, TYPICAL);
}

/**
 * Predicts the least milliseconds that a render takes on one core: for a picture of a few flat areas, encoded once. If even that exceeds a
 * limit, the render certainly does.
 */
export function predictLeastCost(factors: CostFactors): number {
  return costOf({ ...factors, encodes: 1 }, LEAST);
}

/** The fractions of a cost, compared with those of a photograph. */
interface Shares {
  readonly decode: number;
  readonly step: number;
  readonly encode: Readonly<Record<OutputFormat, number>>;
}

const TYPICAL: Shares = {
  decode: 1,
  step: 1,
  encode: { jpeg: 1, png: 1, webp: 1, avif: 1, gif: 1, tiff: 1 },
};
const LEAST: Shares = {
  decode: 0.3,
  step: 0.05,
  encode: { jpeg: 0.5, png: 0.05, webp: 0.05, avif: 0.2, gif: 0.03, tiff: 0.5 },
};

function costOf(factors: CostFactors, share: Shares): number {
  const { source, steps, output, pages, encodes, format } = factors;
  const [first] = steps;
  const isShrunk = first !== undefined && area(first.output) * 4 <= area(source);
  const decode =
    (DECODE[source.format] / (isShrunk ? (SHRINK_ON_LOAD[source.format] ?? 1) : 1)) * area(source);
  // The first step reads the decoder's output, which is smaller if the decoder shrinks on load.
  const compute = steps.reduce(
    (sum, step, index) => sum + STEP * area(index === 0 && isShrunk ? step.output : largest(step)),
    0,
  );
  const encode = encodeRate(factors) * area(output) * encodes;
  return BASE + (decode * share.decode + compute * share.step + encode * share.encode[format]) * pages;
}

function encodeRate({ format, encode }: CostFactors): number {
  if (format === "webp" && encode.lossless) return ENCODE_LOSSLESS_WEBP;
  if (format !== "avif") return ENCODE[format];
  const { effort = 0 } = encoderOptions("avif", encode);
  return ENCODE_AVIF_BY_EFFORT[Math.min(effort, ENCODE_AVIF_BY_EFFORT.length - 1)] ?? 0;
}

function largest({ input, output }: ResolvedStep): Size {
  return area(output) > area(input) ? output : input;
}

/** Returns megapixels. */
function area({ width, height }: Size): number {
  return (width * height) / 1_000_000;
}
