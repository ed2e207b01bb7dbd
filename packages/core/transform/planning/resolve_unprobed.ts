import { isProgImageError } from "../../error.ts";
import type { Limits } from "../../limits.ts";
import { type PixelStep, type ResolvedStep, resolveSteps } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

/** A page that no probe has decoded, as it might be, and the steps on it. */
export interface UnprobedPage {
  readonly page: Size;
  readonly steps: readonly ResolvedStep[];
  readonly output: Size;
}

/**
 * Resolves steps on the largest pages that an input may have: a square, the widest and the highest. The size of a result often depends on
 * the shape.
 */
export function resolveUnprobed(steps: readonly PixelStep[], limits: Limits): readonly UnprobedPage[] {
  const { inputPixels, inputSide, outputPixels } = limits;
  const long = Math.min(inputSide, inputPixels);
  const short = Math.min(long, Math.ceil(inputPixels / long));
  const shapes = [square(inputPixels), { width: long, height: short }, { width: short, height: long }];
  return shapes.map((page) => {
    const resolved = tryToResolve(steps, page);
    const last = resolved.at(-1)?.output ?? page;
    return { page, steps: resolved, output: area(last) > outputPixels ? square(outputPixels) : last };
  });
}

/** Returns the largest of the results of {@linkcode resolveUnprobed}. */
export function largestUnprobed(steps: readonly PixelStep[], limits: Limits): Size {
  const outputs = resolveUnprobed(steps, limits).map(({ output }) => output);
  return outputs.reduce((largest, output) => (area(output) > area(largest) ? output : largest));
}

/** Returns no steps if one is impossible on a page of this shape: the real page may have another one. */
function tryToResolve(steps: readonly PixelStep[], page: Size): readonly ResolvedStep[] {
  try {
    return resolveSteps(steps, page).resolved;
  } catch (error) {
    if (isProgImageError(error) && error.code === "invalid_parameter") return [];
    throw error;
  }
}

function square(pixels: number): Size {
  const side = Math.max(1, Math.floor(Math.sqrt(pixels)));
  return { width: side, height: side };
}

function area({ width, height }: Size): number {
  return width * height;
}
