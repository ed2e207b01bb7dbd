import type { ResolvedStep } from "./resolve_steps.ts";
import { turnSize } from "./size.ts";
import type { StageName } from "./stages.ts";

const MIRRORS_AND_TURNS: readonly StageName[] = ["flip", "flop", "quarterTurn", "halfTurn"];
const WITHOUT_NEW_PIXELS: readonly StageName[] = [...MIRRORS_AND_TURNS, "crop", "scale", "cover"];
const RESIZES: readonly StageName[] = ["scale", "cover", "smartCover", "contain"];

/**
 * Moves steps if the result stays the same and takes less work:
 *
 * - a shrink goes before mirrors and quarter turns, so that it can use shrink-on-load;
 * - a flatten goes before geometry that adds no pixels, where sharp runs it anyway.
 */
export function reorderSteps(steps: readonly ResolvedStep[]): readonly ResolvedStep[] {
  const moved: ResolvedStep[] = [];
  for (const step of steps) {
    let index = moved.length;
    moved.push(step);
    while (index > 0 && swap(moved, index)) index--;
  }
  return moved;
}

/** Swaps a step with the previous one, if that takes less work. */
function swap(steps: ResolvedStep[], index: number): boolean {
  const before = steps[index - 1];
  const step = steps[index];
  if (!before || !step) return false;
  const isBetter =
    (isShrink(step) && isOnly(before, MIRRORS_AND_TURNS)) || isFlattenAfterGeometry(steps, index);
  if (!isBetter) return false;
  const output = isOnly(step, ["flatten"])
    ? before.input
    : isOnly(before, ["quarterTurn"])
      ? turnSize(step.output)
      : step.output;
  steps[index - 1] = { ...step, input: before.input, output };
  steps[index] = { ...before, input: output, output: step.output };
  return true;
}

function isShrink(step: ResolvedStep): boolean {
  const { input, output } = step;
  return (
    isOnly(step, ["scale"]) &&
    step.isPredicted &&
    output.width <= input.width &&
    output.height <= input.height
  );
}

/** sharp runs a crop of the whole image before flatten, and one after a resize behind it. */
function isFlattenAfterGeometry(steps: readonly ResolvedStep[], index: number): boolean {
  const before = steps[index - 1];
  const step = steps[index];
  if (!before || !step || !isOnly(step, ["flatten"]) || !isOnly(before, WITHOUT_NEW_PIXELS)) return false;
  const isCrop = before.stages?.includes("crop") ?? false;
  return (
    !isCrop || steps.slice(0, index).some(({ stages }) => stages?.some((stage) => RESIZES.includes(stage)))
  );
}

function isOnly({ stages }: ResolvedStep, wanted: readonly StageName[]): boolean {
  return stages !== null && stages.length > 0 && stages.every((stage) => wanted.includes(stage));
}
