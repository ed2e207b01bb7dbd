import type { Probe } from "../../image/probe.ts";
import type { Limits } from "../../limits.ts";
import { checkOutputSize, checkPixelsBetweenSteps, checkStepSize } from "./check_size.ts";
import type { EncodeSettings } from "../output/encode_settings.ts";
import { MOST_ENCODES } from "../output/encoder_options.ts";
import { canAnimate, type OutputFormat } from "../output/formats.ts";
import { planGroups } from "./plan_groups.ts";
import { isProbedPage, openedSource, openSettings } from "./opened_source.ts";
import type { OpenSettings } from "../values/open_settings.ts";
import { type PredictedCosts, predictCosts } from "./predict_costs.ts";
import type { Step } from "../recipe/recipe.ts";
import type { TransformRegistry } from "../contract/registry.ts";
import { pixelSteps, type ResolvedStep, resolveSteps } from "./resolve_steps.ts";
import { largestUnprobed, resolveUnprobed } from "./resolve_unprobed.ts";
import type { Size } from "./size.ts";
import { isOutputTransform } from "../contract/transform.ts";

/** The properties of a source on which a prediction depends. */
export type PredictionSource = Pick<
  Probe,
  "format" | "width" | "height" | "pages" | "hasAlpha" | "orientation" | "colorSpace"
>;

/** The predicted result of a recipe on an image. */
export interface Prediction extends PredictedCosts {
  /** The size of a page of the result; `unknown` if it depends on a step's pixels. */
  readonly size: Size | "unknown";
  /** Frames of the result. */
  readonly pages: number;
  readonly encode: EncodeSettings;
  readonly open: OpenSettings;
}

/**
 * Checks and predicts the result of a recipe on an image, without reading pixels. The renderer may still reject a recipe that passes, if
 * only its pixels tell a size.
 *
 * @throws {ProgImageError} `invalid_parameter` for a step that is impossible, `too_many_pixels` for one whose result would be too large
 */
export function predictRecipe(
  { steps, format }: { readonly steps: readonly Step[]; readonly format: OutputFormat },
  stored: PredictionSource,
  registry: TransformRegistry,
  limits: Limits,
): Prediction {
  const encode = encodeSettings(steps, format, registry);
  const encodes = encode.maxBytes === undefined ? 1 : MOST_ENCODES;
  const open = openSettings(steps, registry);
  const source = openedSource(stored, open);
  const pages = keptPages(source, format);
  const all = pixelSteps(steps, registry);
  if (!isProbedPage(stored, open)) {
    const costs = resolveUnprobed(all, limits).map(({ page, ...assumed }) =>
      predictCosts({ source: { ...source, ...page }, ...assumed, pages, format, encode, encodes }),
    );
    const cost = Math.max(...costs.map((each) => each.cost));
    const memory = Math.max(...costs.map((each) => each.memory));
    // The page may also be tiny.
    return { size: "unknown", pages, encode, open, cost, memory, leastCost: 0 };
  }
  const { resolved, rest } = resolveSteps(all, source);
  resolved.forEach((step, index) => checkStepSize(step, index, pages, limits));
  const isKnown = rest.length === 0 && resolved.every(({ isPredicted }) => isPredicted);
  const size = sizeAfter(resolved, source);
  if (isKnown) checkOutputSize(size, { format, pages }, limits);
  const isGrey = source.colorSpace === "b-w" || source.colorSpace === "grey16";
  const file = { isTurned: source.orientation > 1, isGrey, isPlain: isGrey || source.colorSpace === "srgb" };
  for (const group of planGroups(resolved, { pages, hasAlpha: source.hasAlpha, file }).slice(0, -1)) {
    checkPixelsBetweenSteps(group.steps.at(-1)?.output ?? source, pages, limits);
  }
  const factors = { source, steps: resolved, output: size, pages, format, encode, encodes };
  return { size: isKnown ? size : "unknown", pages, encode, open, ...predictCosts(factors) };
}

/**
 * Returns the size of the result of a recipe, as far as it can be told without pixels. A page that no probe has decoded counts as the
 * largest that an input may have.
 */
export function predictSize(
  steps: readonly Step[],
  stored: PredictionSource,
  registry: TransformRegistry,
  limits: Limits,
): Size {
  const open = openSettings(steps, registry);
  const source = openedSource(stored, open);
  const all = pixelSteps(steps, registry);
  if (!isProbedPage(stored, open)) return largestUnprobed(all, limits);
  return sizeAfter(resolveSteps(all, source).resolved, source);
}

function sizeAfter(resolved: readonly ResolvedStep[], { width, height }: Size): Size {
  return resolved.at(-1)?.output ?? { width, height };
}

/** Returns how many frames of a source are processed: all if it is an animation and the result is too, else the first. */
export function keptPages(source: Pick<Probe, "format" | "pages">, format: OutputFormat): number {
  return canAnimate(source.format) && canAnimate(format) ? source.pages : 1;
}

/**
 * Returns the settings of a recipe's output steps.
 *
 * @throws {ProgImageError} `invalid_parameter` if the format does not support them
 */
export function encodeSettings(
  steps: readonly Step[],
  format: OutputFormat,
  registry: TransformRegistry,
): EncodeSettings {
  let settings: EncodeSettings = {};
  for (const { transform: name, params } of steps) {
    const transform = registry.get(name);
    if (isOutputTransform(transform)) settings = transform.encode(settings, params, format);
  }
  return settings;
}
