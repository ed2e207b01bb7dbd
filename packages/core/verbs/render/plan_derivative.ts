import { derivativeKey } from "../../derivative/derivative_key.ts";
import type { Ports } from "../../ports.ts";
import { type FindReference, resolveImages } from "../image/resolve_images.ts";
import type { SourceImage } from "../../source/source_image.ts";
import { completeSteps } from "../../transform/planning/complete_steps.ts";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import type { OutputFormat } from "../../transform/output/formats.ts";
import { type Prediction, predictRecipe } from "../../transform/planning/predict.ts";
import type { Step } from "../../transform/recipe/recipe.ts";
import type { Size } from "../../transform/planning/size.ts";

/** What shall become of an image. Its key is known before any pixel is. */
export interface DerivativePlan {
  /** Also the strong ETag: one key, one byte string. */
  readonly key: string;
  readonly source: SourceImage;
  /** Complete, with the SHA-256 of each image that they name. */
  readonly steps: readonly Step[];
  /** The images that the steps name, by their SHA-256. */
  readonly images: Readonly<Record<string, SourceImage>>;
  readonly format: OutputFormat;
  readonly prediction: Prediction;
  /** How the result is encoded where no step says so. */
  readonly settings?: EncodeSettings;
  /** Scales the whole image to this size before the first step. */
  readonly prescale?: Size;
  /** The size that the first step ends with, where the source is a smaller copy of the image it was predicted for. */
  readonly firstOutput?: Size;
}

/** What is wished of an image. */
export interface DerivativeWish {
  readonly steps: readonly Step[];
  readonly format: OutputFormat;
}

/**
 * Checks what a recipe would make of an image and names the result.
 *
 * @throws {ProgImageError} `invalid_parameter` or `too_many_pixels` for a step that cannot be done or would grow too large, and
 * whatever the finder of images throws
 */
export async function planDerivative(
  ports: Pick<Ports, "limits" | "renderer" | "transforms">,
  source: SourceImage,
  { steps: written, format }: DerivativeWish,
  findReference: FindReference,
): Promise<DerivativePlan> {
  const { limits, transforms } = ports;
  const completed = completeSteps(written, source, transforms);
  const prediction = predictRecipe({ steps: completed, format }, source, transforms, limits);
  const { steps, images } = await resolveImages(completed, transforms, findReference);
  const versions = steps.map((step) => transforms.versionOf(step.transform));
  const fingerprint = await ports.renderer.fingerprint();
  const key = derivativeKey({ image: source, steps, format, versions, fingerprint });
  return { key, source, steps, images, format, prediction };
}
