import { publishSealed } from "../derivative/sealed_file.ts";
import type { Limits } from "../limits.ts";
import type { TransformRegistry } from "../transform/contract/registry.ts";
import { checkFile } from "./check_file.ts";
import { renderRecipe } from "./render_recipe.ts";
import type { Rendered, RenderJob } from "./renderer.ts";

/** Options for {@linkcode renderJob}. */
export interface RenderJobOptions {
  /** Called before the result is kept. If it throws, the result is not kept. */
  readonly onRendered?: () => void;
}

/**
 * Carries out a job: checks its files, renders its recipe, and moves the result to `keepAs` if that is set.
 *
 * @throws {ProgImageError} `damaged`; all errors of {@linkcode renderRecipe}
 */
export async function renderJob(
  job: RenderJob,
  transforms: TransformRegistry,
  limits: Limits,
  { onRendered }: RenderJobOptions = {},
): Promise<Rendered> {
  for (const check of job.checks ?? []) checkFile(check);
  const rendered = await renderRecipe(job, transforms, limits);
  onRendered?.();
  if (job.keepAs !== undefined) publishSealed(job.output, job.keepAs, rendered.bytes);
  return rendered;
}
