import { DEFAULT_LIMITS } from "../limits.ts";
import type { Step } from "../transform/recipe/recipe.ts";
import type { TransformRegistry } from "../transform/contract/registry.ts";
import { decodePixels, psnr, renderStepByStep } from "./pixel_reference.ts";
import { renderRecipe, type RenderRecipeJob } from "./render_recipe.ts";

/**
 * Renders a recipe as a server does, to PNG, and compares the result with the same steps carried out one by one.
 *
 * @returns the peak signal-to-noise ratio in decibels: low if the caller's order was not kept
 */
export async function orderLikeness(
  job: Pick<RenderRecipeJob, "images" | "input" | "inputFormat" | "output"> & {
    readonly steps: readonly Step[];
  },
  registry: TransformRegistry,
): Promise<number> {
  await renderRecipe({ ...job, format: "png" }, registry, DEFAULT_LIMITS);
  const reference = await renderStepByStep(job.input, job.steps, registry, job.images);
  return psnr(await decodePixels(job.output), reference);
}
