import { removeLeftover } from "../../blob/remove_leftover.ts";
import type { Spool } from "../../blob/spool.ts";
import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import { renderPlan, type RenderPlanOptions } from "./render_plan.ts";
import type { Rendered } from "../../render/renderer.ts";

/** A result that is not cached. Disposing of it removes its file. */
export interface RenderedFile extends Rendered, AsyncDisposable {
  readonly path: string;
}

/**
 * Renders a derivative into a file of a folder, without caching it.
 *
 * @throws {ProgImageError} any error of {@linkcode Renderer.render}
 */
export async function renderOnce(
  ports: Pick<Ports, "renderer">,
  plan: DerivativePlan,
  folder: Spool,
  options: RenderPlanOptions = {},
): Promise<RenderedFile> {
  const path = folder.newPath();
  const dispose = () => removeLeftover(path);
  try {
    const rendered = await renderPlan(ports, plan, path, options);
    return { ...rendered, path, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
