import { rm } from "node:fs/promises";
import { localCopy } from "./blob/local_copy.ts";
import { derivativeKey } from "./derivative/derivative_key.ts";
import type { StoredImage } from "./image/image.ts";
import type { Ports } from "./ports.ts";
import type { SourceTraits } from "./render/renderer.ts";
import type { OutputFormat } from "./transform/formats.ts";
import { predictRecipe } from "./transform/predict.ts";
import type { Step } from "./transform/recipe.ts";

/** What shall become of an image. Its key is known before any pixel is. */
export interface DerivativePlan {
  /** Also the strong ETag: one key, one byte string. */
  readonly key: string;
  readonly image: StoredImage;
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
}

/** Options for {@linkcode renderImage}. */
export interface RenderImageOptions {
  /** Nobody waits any more: work that has not begun is dropped. */
  readonly signal?: AbortSignal;
}

/**
 * Checks what a recipe would make of an image and names the result.
 *
 * @throws {ProgImageError} `invalid_parameter` or `too_many_pixels` for a step that cannot be done or would grow too large
 */
export async function planDerivative(
  ports: Pick<Ports, "limits" | "renderer" | "transforms">,
  image: StoredImage,
  steps: readonly Step[],
  format: OutputFormat,
): Promise<DerivativePlan> {
  predictRecipe({ steps, format }, image, ports.transforms, ports.limits);
  const versions = steps.map((step) => ports.transforms.get(step.transform).version);
  const fingerprint = await ports.renderer.fingerprint();
  return { key: derivativeKey({ image, steps, format, versions, fingerprint }), image, steps, format };
}

/**
 * Gives the path of a derivative, rendered now if it is not kept from before. Equal requests at the same time are one render.
 *
 * @throws {ProgImageError} whatever {@linkcode Renderer.render} refuses
 */
export async function renderImage(
  ports: Pick<Ports, "blobs" | "derivatives" | "flights" | "renderer" | "spool">,
  plan: DerivativePlan,
  options: RenderImageOptions = {},
): Promise<string> {
  const kept = await ports.derivatives.find(plan.key);
  if (kept) return kept;
  return await ports.flights.run(plan.key, (signal) => renderAndKeep(ports, plan, signal), options.signal);
}

async function renderAndKeep(
  ports: Pick<Ports, "blobs" | "derivatives" | "renderer" | "spool">,
  { key, image, steps, format }: DerivativePlan,
  signal: AbortSignal,
): Promise<string> {
  await using source = await localCopy(ports.blobs, image.blobKey, ports.spool);
  const output = ports.derivatives.newPath();
  try {
    const job = {
      key,
      input: source.path,
      inputFormat: image.format,
      traits: traitsOf(image),
      output,
      format,
      steps,
    };
    const { bytes } = await ports.renderer.render(job, { signal });
    return await ports.derivatives.keep(key, output, bytes);
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

/** Nothing else travels to the render process. */
function traitsOf(image: SourceTraits): SourceTraits {
  const { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width } = image;
  return { colorSpace, depth, hasAlpha, hasProfile, height, orientation, pages, width };
}
