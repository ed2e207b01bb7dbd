import type { DueCheck } from "../../blob/checked_files.ts";
import { isProgImageError } from "../../error.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import type { ImageFile, SourceTraits, TimedRendered } from "../../render/renderer.ts";
import type { Priority } from "../../render/pool/waiting_line.ts";
import { type SourceImage, trialKey } from "../../source/source_image.ts";
import { isProbedPage } from "../../transform/planning/opened_source.ts";

/** Options for {@linkcode renderPlan}. */
export interface RenderPlanOptions {
  /** Aborts when no caller waits any more. Work that has not begun is then dropped. */
  readonly signal?: AbortSignal;
  /** Bulk work goes after everything else. @default {"interactive"} */
  readonly priority?: Priority;
  /** Among bulk work, higher goes first. @default {2} */
  readonly rank?: number;
  /** Called when the render begins; before that nothing has been written. */
  readonly onStart?: () => void;
  /** The path to which the complete result is moved, sealed by its length. */
  readonly keepAs?: string;
}

/**
 * Renders a derivative into a new file. Before files are decoded that this process has not verified yet, their SHA-256 is checked.
 *
 * @throws {ProgImageError} any error of {@linkcode Renderer.render}
 */
export async function renderPlan(
  { renderer }: Pick<Ports, "renderer">,
  plan: DerivativePlan,
  output: string,
  { keepAs, ...options }: RenderPlanOptions = {},
): Promise<TimedRendered> {
  const { source, images, prediction, ...work } = plan;
  await using files = new AsyncDisposableStack();
  const due = new Map<string, OpenedCheck>();
  const open = async (image: SourceImage): Promise<ImageFile> => {
    const copy = files.use(await image.open());
    if (copy.due) due.set(copy.due.sha256, { ...copy.due, image });
    return { path: copy.path, format: image.format };
  };
  const input = await open(source);
  const opened: Record<string, ImageFile> = {};
  for (const [digest, image] of Object.entries(images)) opened[digest] = await open(image);
  const from = {
    input: input.path,
    inputFormat: input.format,
    source: trialKey(source),
    traits: traitsOf(source),
    isUnprobed: !isProbedPage(source, prediction.open),
    images: opened,
  };
  const checks = [...due.values()].map(({ path, sha256 }) => ({ path, sha256 }));
  try {
    const job = { ...work, ...from, checks, output, keepAs };
    const { cost, leastCost, memory } = prediction;
    const rendered = await renderer.render(job, { ...options, cost, leastCost, memory });
    for (const { passed } of due.values()) passed();
    return rendered;
  } catch (error) {
    if (isProgImageError(error) && error.code === "damaged")
      await due.get(error.details.sha256 ?? "")?.image.onDamage?.();
    throw error;
  }
}

/** A check that is due, and the image that it verifies. */
interface OpenedCheck extends DueCheck {
  readonly image: SourceImage;
}

/** Returns only the traits that the render process needs. */
function traitsOf(image: SourceTraits): SourceTraits {
  const { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width } = image;
  return { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width };
}
