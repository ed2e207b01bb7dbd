import { reorderSteps } from "./reorder_steps.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import { type InstanceImage, SHARING_RULES } from "./sharing_rules.ts";
import type { StageName } from "./stages.ts";

/** The image to which a plan is applied. */
export interface PlanImage extends InstanceImage {
  /** Frames that are processed; 1 for a still. */
  readonly pages: number;
}

/** Steps that share one sharp instance; empty if it only decodes or only encodes. */
export interface StepGroup {
  readonly steps: readonly ResolvedStep[];
  /** Whether it runs on each frame of an animation separately. It then has a single step. */
  readonly isPerFrame: boolean;
}

const ADDING_ALPHA: readonly StageName[] = ["contain", "rotate", "affine", "extend", "composite"];

/**
 * Groups steps so that sharp's own order equals the caller's. Pixels are computed between groups. The last group can feed an encoder: it is
 * not per frame, and its size is known. In doubt it separates steps: another group is slower but never wrong.
 */
export function planGroups(steps: readonly ResolvedStep[], image: PlanImage): readonly StepGroup[] {
  const groups: StepGroup[] = [];
  let group: StepGroup = { steps: [], isPerFrame: false };
  let current: PlanImage = image;
  for (const step of reorderSteps(steps)) {
    if (!canJoin(step, group, current)) {
      current = { pages: image.pages, hasAlpha: mayHaveAlpha(group, current), file: null };
      groups.push(group);
      group = { steps: [], isPerFrame: false };
    }
    const isPerFrame = runsPerFrame(step, image) && !isNothing(step);
    group = { steps: [...group.steps, step], isPerFrame: group.isPerFrame || isPerFrame };
  }
  groups.push(group);
  const canEncode = !group.isPerFrame && group.steps.every(({ isPredicted }) => isPredicted);
  return canEncode ? groups : [...groups, { steps: [], isPerFrame: false }];
}

/** Whether the pixels of a group's result may have an alpha channel. May return true without alpha, but never false with it. */
export function mayHaveAlpha({ steps }: StepGroup, image: InstanceImage): boolean {
  return (
    image.hasAlpha ||
    steps.some(({ stages }) => stages === null || stages.some((stage) => ADDING_ALPHA.includes(stage)))
  );
}

function canJoin(step: ResolvedStep, group: StepGroup, image: PlanImage): boolean {
  const isFirst = group.steps.every(isNothing);
  // On computed pixels, the calls of a single step cannot interfere with earlier ones.
  if (isFirst && image.file === null && !group.isPerFrame) return true;
  if (isNothing(step)) return true;
  if (step.stages === null || runsPerFrame(step, image) || group.isPerFrame) return false;
  if (group.steps.some(({ stages, isPredicted }) => stages === null || !isPredicted)) return false;
  const steps = [...group.steps, step];
  const calls = steps.flatMap(({ stages }) => stages ?? []);
  const grows = steps.some(({ input, output }) => output.width > input.width || output.height > input.height);
  return !SHARING_RULES.some(({ forbids }) => forbids(calls, image, { grows }));
}

function runsPerFrame(step: ResolvedStep, image: PlanImage): boolean {
  return image.pages > 1 && !step.isForAllFrames;
}

/** Whether a step makes no calls. */
function isNothing({ stages }: ResolvedStep): boolean {
  return stages !== null && stages.length === 0;
}
