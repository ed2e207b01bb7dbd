import { ProgImageError } from "../../error.ts";
import type { Limits } from "../../limits.ts";
import { FORMATS, type OutputFormat, outputFacts } from "../output/formats.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

/**
 * Rejects a step whose result is larger than an output may be. A step that does not enlarge the image passes, so that a large photo can be
 * rotated before it is scaled down.
 *
 * @throws {ProgImageError} `too_many_pixels`
 */
export function checkStepSize(
  { transform, input, output }: ResolvedStep,
  index: number,
  pages: number,
  limits: Limits,
): void {
  const grows = area(output) > area(input) || longSide(output) > longSide(input);
  if (grows)
    check(output, pages, limits, `Cannot carry out step ${index + 1}, "${transform.name}", as its result`);
}

/**
 * Rejects a result that is larger than an output, or its format, may be.
 *
 * @throws {ProgImageError} `too_many_pixels`
 */
export function checkOutputSize(
  size: Size,
  { format, pages }: { readonly format: OutputFormat; readonly pages: number },
  limits: Limits,
): void {
  const subject = `Cannot render image as ${FORMATS[format].title} as its result`;
  const outputSide = Math.min(limits.outputSide, outputFacts(format).longestSide);
  check(size, pages, { ...limits, outputSide }, subject);
}

/**
 * Rejects pixels that would take too much memory between two steps.
 *
 * @throws {ProgImageError} `too_many_pixels`
 */
export function checkPixelsBetweenSteps(size: Size, pages: number, limits: Limits): void {
  checkPixelCount(area(size) * pages, limits);
}

/**
 * Rejects a number of pixels that are held at the same time, as {@linkcode checkPixelsBetweenSteps} does.
 *
 * @throws {ProgImageError} `too_many_pixels`
 */
export function checkPixelCount(pixels: number, { intermediatePixels }: Limits): void {
  if (pixels <= intermediatePixels) return;
  const message = `Cannot carry out recipe as at most ${intermediatePixels} pixels may be computed between its steps: it would be ${pixels}, so make it smaller first`;
  throw new ProgImageError("too_many_pixels", message, { details: { limit: intermediatePixels } });
}

function check(size: Size, pages: number, { outputSide, outputPixels }: Limits, subject: string): void {
  if (longSide(size) > outputSide) {
    const message = `${subject} may be at most ${outputSide} pixels wide and high: it would be ${size.width} × ${size.height}`;
    throw new ProgImageError("too_many_pixels", message, { details: { limit: outputSide } });
  }
  const pixels = area(size) * pages;
  if (pixels > outputPixels) {
    const message = `${subject} may have at most ${outputPixels} pixels in all its frames: it would have ${pixels}`;
    throw new ProgImageError("too_many_pixels", message, { details: { limit: outputPixels } });
  }
}

function area({ width, height }: Size): number {
  return width * height;
}

function longSide({ width, height }: Size): number {
  return Math.max(width, height);
}
