import { type PixelStep, resolveStep } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

/** The effect of a first step that makes a picture smaller. */
export interface FirstShrink {
  /** The size to which the whole picture can be scaled before the step. */
  readonly scaled: Size;
  /** The size of the step's result. */
  readonly output: Size;
}

/** Returns the effect of a step on a picture of a size, or `null` unless the step can begin with a smaller copy. */
export function firstShrink(step: PixelStep | undefined, size: Size): FirstShrink | null {
  if (!step?.transform.scaledSize) return null;
  const { output, isPredicted } = resolveStep(step, size);
  const scaled = step.transform.scaledSize(size, step.args);
  const isShrink = scaled.width < size.width && scaled.height < size.height;
  return isPredicted && isShrink ? { scaled, output } : null;
}

/** The ratio of a copy's size to the largest result. A second resize by a ratio near 1 would blur. */
const HEADROOM = 1.25;

/** Returns the smallest size with a picture's proportions that has room for all sizes, or `null` unless it is smaller than the picture. */
export function copySize(picture: Size, sizes: readonly Size[]): Size | null {
  const largest = Math.max(
    ...sizes.map(({ width, height }) => Math.max(width / picture.width, height / picture.height)),
  );
  const factor = largest * HEADROOM;
  if (factor >= 1) return null;
  const scale = (length: number) => Math.max(1, Math.round(length * factor));
  return { width: scale(picture.width), height: scale(picture.height) };
}
