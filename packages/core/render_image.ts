import { rm } from "node:fs/promises";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "./ports.ts";
import { renderPlan, type RenderPlanOptions } from "./render_plan.ts";

/**
 * Gives the path of a derivative, rendered now if it is not kept from before. Equal requests at the same time are one render.
 *
 * @throws {ProgImageError} whatever {@linkcode Renderer.render} refuses
 */
export async function renderImage(
  ports: Pick<Ports, "derivatives" | "flights" | "renderer">,
  plan: DerivativePlan,
  options: RenderPlanOptions = {},
): Promise<string> {
  const kept = await ports.derivatives.find(plan.key);
  if (kept) return kept;
  return await ports.flights.run(plan.key, (signal) => renderAndKeep(ports, plan, signal), options.signal);
}

async function renderAndKeep(
  ports: Pick<Ports, "derivatives" | "renderer">,
  plan: DerivativePlan,
  signal: AbortSignal,
): Promise<string> {
  const output = ports.derivatives.newPath();
  try {
    const { bytes } = await renderPlan(ports, plan, output, { signal });
    return await ports.derivatives.keep(plan.key, output, bytes);
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}
