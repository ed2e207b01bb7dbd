import { derivativeKey } from "../../derivative/derivative_key.ts";
import type { Ports } from "../../ports.ts";
import { type FindReference, resolveImages } from "../image/resolve_images.ts";
import type { SourceImage } from "../../source/source_image.ts";
import { completeSteps } from "../../transform/planning/complete_steps.ts";
import type { EncodeSettings } from "../../transform/output/encode_settings.ts";
import type { OutputFormat } from "../../transform/output/formats.ts";
import { openedSource, openSettings } from "../../transform/planning/opened_source.ts";
import { type Prediction, predictRecipe, predictSize } from "../../transform/planning/predict.ts";
import type { Step } from "../../transform/recipe/recipe.ts";
import type { Size } from "../../transform/planning/size.ts";

/** The plan for a derivative. Its key is known before rendering. */
export interface DerivativePlan {
  /** Also the strong ETag: equal keys mean equal bytes. */
  readonly key: string;
  readonly source: SourceImage;
  /** With all defaults, and with the SHA-256 of each image that they refer to. */
  readonly steps: readonly Step[];
  /** The images that the steps refer to, by SHA-256. */
  readonly images: Readonly<Record<string, SourceImage>>;
  readonly format: OutputFormat;
  readonly prediction: Prediction;
  /** Settings of the encoder where no step sets them. */
  readonly settings?: EncodeSettings;
  /** Scales the whole image to this size before the first step. */
  readonly prescale?: Size;
  /** The output size of the first step, if the source is a smaller copy of the image that it was predicted for. */
  readonly firstOutput?: Size;
}

/** The requested derivative of an image. */
export interface DerivativeWish {
  readonly steps: readonly Step[];
  /** The format, or a function that selects it by the size of the result and the source as it is opened. */
  readonly format: OutputFormat | ((size: Size, opened: SourceImage) => OutputFormat);
}

/**
 * Validates a recipe for an image and returns the plan with the key of the result.
 *
 * @throws {ProgImageError} `invalid_parameter` or `too_many_pixels` for a step that is impossible or too large, and any error of the finder
 * of
 * images
 */
export async function planDerivative(
  ports: Pick<Ports, "limits" | "renderer" | "transforms">,
  source: SourceImage,
  { steps: written, format: wanted }: DerivativeWish,
  findReference: FindReference,
): Promise<DerivativePlan> {
  const { limits, transforms } = ports;
  const completed = completeSteps(written, source, transforms);
  const opened = () => openedSource(source, openSettings(completed, transforms));
  const size = () => predictSize(completed, source, transforms, limits);
  const format = typeof wanted === "function" ? wanted(size(), opened()) : wanted;
  const prediction = predictRecipe({ steps: completed, format }, source, transforms, limits);
  const { steps, images } = await resolveImages(completed, transforms, findReference);
  const versions = steps.map((step) => transforms.versionOf(step.transform));
  const fingerprint = await ports.renderer.fingerprint();
  const key = derivativeKey({ image: source, steps, format, versions, fingerprint });
  return { key, source, steps, images, format, prediction };
}
