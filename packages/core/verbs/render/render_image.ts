import type { RenderedImage } from "../../derivative/rendered_image.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import { renderPlan, type RenderPlanOptions } from "./render_plan.ts";

/**
 * Returns a derivative from the cache, or renders it. Concurrent equal requests share one render.
 *
 * @throws {ProgImageError} any error of {@linkcode Renderer.render}
 */
export async function renderImage(
  ports: Pick<Ports, "derivatives" | "flights" | "renderer">,
  plan: DerivativePlan,
  options: RenderPlanOptions = {},
): Promise<RenderedImage> {
  // The cache is read within the flight, as another flight may end between an earlier read and the start of this one.
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
