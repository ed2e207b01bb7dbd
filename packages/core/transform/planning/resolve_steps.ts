import type { Step } from "../recipe/recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import type { Size } from "./size.ts";
import type { StageName } from "./stages.ts";
import {
  type Arguments,
  isPixelTransform,
  type PixelTransform,
  runsOnAllFrames,
  stagesOf,
} from "../contract/transform.ts";

/** A transform of pixels with its arguments. */
export interface PixelStep {
  readonly transform: PixelTransform;
  readonly args: Arguments;
}

/** A step with the sizes and stages that follow from the size of its input. */
export interface ResolvedStep extends PixelStep {
  readonly input: Size;
  /** The predicted size, or `input` if it cannot be predicted. */
  readonly output: Size;
  /** Whether `output` is reliable. */
  readonly isPredicted: boolean;
  /** The calls on the sharp instance; `null` if they are not declared. */
  readonly stages: readonly StageName[] | null;
  /** Whether it may run on all frames of an animation at once. */
  readonly isForAllFrames: boolean;
}

/** Returns the steps that compute pixels, without those that set how files are read and written. */
export function pixelSteps(steps: readonly Step[], registry: TransformRegistry): readonly PixelStep[] {
  return steps.flatMap(({ transform: name, params }) => {
    const transform = registry.get(name);
    return isPixelTransform(transform) ? [{ transform, args: params }] : [];
  });
}

/**
 * Resolves one step for an input of the given size.
 *
 * @param known The size of its result, if that was predicted for a larger copy of the image.
 * @throws {ProgImageError} `invalid_parameter` for a step that is impossible, `plugin_failed`
 */
export function resolveStep({ transform, args }: PixelStep, input: Size, known?: Size): ResolvedStep {
  const predicted = known ?? (transform.size ? transform.size(input, args) : input);
  const isPredicted = predicted !== "unknown";
  const output = isPredicted ? sizeOnly(predicted) : input;
  const sizes = { input, output };
  const stages = stagesOf(transform, args, sizes);
  return {
    transform,
    args,
    input,
    output,
    isPredicted,
    stages,
    isForAllFrames: runsOnAllFrames(transform, args, sizes),
  };
}

/**
 * Resolves steps one after the other, up to the first whose result's size is known only afterwards.
 *
 * @returns the resolved steps, including that one, and the rest
 */
export function resolveSteps(
  steps: readonly PixelStep[],
  size: Size,
  firstOutput?: Size,
): { readonly resolved: readonly ResolvedStep[]; readonly rest: readonly PixelStep[] } {
  const resolved: ResolvedStep[] = [];
  let input = sizeOnly(size);
  for (const [index, step] of steps.entries()) {
    const next = resolveStep(step, input, index === 0 ? firstOutput : undefined);
    resolved.push(next);
    if (!next.isPredicted) return { resolved, rest: steps.slice(index + 1) };
    input = next.output;
  }
  return { resolved, rest: [] };
}

/** Callers may pass an image as a size; its other properties must not be copied. */
function sizeOnly({ width, height }: Size): Size {
  return { width, height };
}
