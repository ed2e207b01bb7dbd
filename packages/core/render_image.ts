import type { Derivative } from "./derivative/derivative_cache.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "./ports.ts";
import { renderPlan, type RenderPlanOptions } from "./render_plan.ts";

/** A derivative, and what it has taken to get it. */
export interface RenderedImage {
  readonly derivative: Derivative;
  /** `null` for one that was kept from before. */
  readonly timing: RenderTiming | null;
}

/** How long the parts of a render took, in milliseconds. */
export interface RenderTiming {
  /** Waiting for a render process. */
  readonly queue: number;
  /** Getting the bytes of the images. */
  readonly load: number;
  /** Decoding, transforming, encoding. */
  readonly render: number;
  /** Keeping the result. */
  readonly store: number;
}

/**
 * Gives a derivative, rendered now if it is not kept from before. Equal requests at the same time are one render.
 *
 * @throws {ProgImageError} whatever {@linkcode Renderer.render} refuses
 */
export async function renderImage(
  ports: Pick<Ports, "derivatives" | "flights" | "renderer">,
  plan: DerivativePlan,
  options: RenderPlanOptions = {},
): Promise<RenderedImage> {
  // Looked for within the flight: between a look before it and its beginning another one may land.
  const work = (signal: AbortSignal) => findOrRender(ports, plan, { ...options, signal });
  return await ports.flights.run(plan.key, work, options.signal);
}

async function findOrRender(
  ports: Pick<Ports, "derivatives" | "renderer">,
  plan: DerivativePlan,
  options: RenderPlanOptions,
): Promise<RenderedImage> {
  const derivative = await ports.derivatives.find(plan.key);
  if (derivative) return { derivative, timing: null };
  return await renderAndKeep(ports, plan, options);
}

async function renderAndKeep(
  ports: Pick<Ports, "derivatives" | "renderer">,
  plan: DerivativePlan,
  options: RenderPlanOptions,
): Promise<RenderedImage> {
  const place = await ports.derivatives.reserve(plan.key);
  let isEmpty = true;
  const onStart = () => (isEmpty = false);
  try {
    const startedAt = performance.now();
    const keeping = { ...options, keepAs: place.target, onStart };
    const { bytes, queue, render } = await renderPlan(ports, plan, place.output, keeping);
    const renderedAt = performance.now();
    const derivative = await place.keep(bytes);
    const load = Math.max(0, renderedAt - startedAt - queue - render);
    return { derivative, timing: { queue, load, render, store: performance.now() - renderedAt } };
  } catch (error) {
    await place.abandon({ isEmpty });
    throw error;
  }
}
