import type { DueCheck } from "../../blob/checked_files.ts";
import { isProgImageError } from "../../error.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import type { ImageFile, SourceTraits, TimedRendered } from "../../render/renderer.ts";
import type { Priority } from "../../render/pool/waiting_line.ts";
import type { SourceImage } from "../../source/source_image.ts";

/** Options for {@linkcode renderPlan}. */
export interface RenderPlanOptions {
  /** Nobody waits any more: work that has not begun is dropped. */
  readonly signal?: AbortSignal;
  /** Bulk goes behind everything else. @default {"interactive"} */
  readonly priority?: Priority;
  /** Among bulk, higher goes first. @default {2} */
  readonly rank?: number;
  /** Hears when it begins: before that nothing has been written. */
  readonly onStart?: () => void;
  /** Path to which the result is moved once it is complete, sealed by its length. */
  readonly keepAs?: string;
}

/**
 * Renders a derivative into a file that does not exist yet. Files whose bytes this process has not seen to be right are compared with
 * their SHA-256 before they are decoded.
 *
 * @throws {ProgImageError} whatever {@linkcode Renderer.render} refuses
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
    source: source.sha256,
    traits: traitsOf(source),
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

/** A check that is due, and the image whose bytes it is for. */
interface OpenedCheck extends DueCheck {
  readonly image: SourceImage;
}

/** Nothing else travels to the render process. */
function traitsOf(image: SourceTraits): SourceTraits {
  const { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width } = image;
  return { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width };
}
