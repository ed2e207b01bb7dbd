import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "./ports.ts";
import type { SourceTraits, TimedRendered } from "./render/renderer.ts";
import type { Priority } from "./render/waiting_line.ts";
import type { SourceImage } from "./source/source_image.ts";

/** Options for {@linkcode renderPlan}. */
export interface RenderPlanOptions {
  /** Nobody waits any more: work that has not begun is dropped. */
  readonly signal?: AbortSignal;
  /** Bulk goes behind everything else. @default {"interactive"} */
  readonly priority?: Priority;
  /** Hears when it begins: before that nothing has been written. */
  readonly onStart?: () => void;
  /** Path to which the result is moved once it is complete, sealed by its length. */
  readonly keepAs?: string;
}

/**
 * Renders a derivative into a file that does not exist yet.
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
  const open = async (image: SourceImage) => ({
    path: files.use(await image.open()).path,
    format: image.format,
  });
  const input = await open(source);
  const opened: Record<string, { readonly path: string; readonly format: SourceImage["format"] }> = {};
  for (const [digest, image] of Object.entries(images)) opened[digest] = await open(image);
  const from = { input: input.path, inputFormat: input.format, traits: traitsOf(source), images: opened };
  return await renderer.render({ ...work, ...from, output, keepAs }, { ...options, cost: prediction.cost });
}

/** Nothing else travels to the render process. */
function traitsOf(image: SourceTraits): SourceTraits {
  const { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width } = image;
  return { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width };
}
