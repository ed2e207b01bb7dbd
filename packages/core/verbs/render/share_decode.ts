import type { DerivativePlan } from "./plan_derivative.ts";
import type { Ports } from "../../ports.ts";
import { renderOnce } from "./render_once.ts";
import type { RenderPlanOptions } from "./render_plan.ts";
import { type SourceImage, trialKey } from "../../source/source_image.ts";
import { keptPages } from "../../transform/planning/predict.ts";
import { predictCosts } from "../../transform/planning/predict_costs.ts";
import { copySize, type FirstShrink, firstShrink } from "../../transform/planning/first_shrink.ts";
import { pixelSteps } from "../../transform/planning/resolve_steps.ts";
import type { Size } from "../../transform/planning/size.ts";

/** Plans that use a smaller copy of their source. The copy exists until disposal. */
export interface SharedDecode extends AsyncDisposable {
  readonly plans: readonly DerivativePlan[];
}

/**
 * Decodes a source once for all plans that begin with a shrink. It is scaled to the largest size that any of them needs, and they
 * start from that copy. Other plans stay unchanged.
 *
 * @returns `null` if there is nothing to gain
 */
export async function shareDecode(
  ports: Pick<Ports, "renderer" | "scratch" | "transforms">,
  plans: readonly DerivativePlan[],
  options: RenderPlanOptions,
): Promise<SharedDecode | null> {
  const [first] = plans;
  if (!first) return null;
  const { source } = first;
  const shrinks = plans.map((plan) => (plan.source === source ? shrinkOf(ports, plan) : null));
  const sizes = shrinks.flatMap((shrink) => shrink?.scaled ?? []);
  const size = sizes.length < 2 ? null : copySize(source, sizes);
  if (!size) return null;
  const file = await renderOnce(ports, basePlan(source, size), ports.scratch, options);
  const base: SourceImage = {
    ...source,
    ...PLAIN,
    ...size,
    // An earlier version of the server noted GIFs with an uncovered canvas as opaque.
    hasAlpha: source.hasAlpha || source.format === "gif",
    open: async () => ({ path: file.path, ...KEPT }),
  };
  return {
    plans: plans.map((plan, index) => {
      const shrink = shrinks[index];
      if (!shrink) return plan;
      return {
        ...plan,
        key: `${plan.key}-${size.width}x${size.height}`,
        source: base,
        firstOutput: shrink.output,
      };
    }),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** The traits of every copy. */
const PLAIN = {
  format: "png",
  pages: 1,
  orientation: 1,
  colorSpace: "srgb",
  hasProfile: false,
  depth: "uchar",
} as const;

/** All plans share the file, so none of them removes it. */
const KEPT = { [Symbol.asyncDispose]: async () => {} } as const;

function shrinkOf(
  { transforms }: Pick<Ports, "transforms">,
  { source, steps, format, prediction }: DerivativePlan,
): FirstShrink | null {
  const [step] = pixelSteps(steps, transforms);
  const { metadata = "strip", colorSpace = "srgb" } = prediction.encode;
  const isPlain = metadata === "strip" && colorSpace === "srgb" && Object.keys(prediction.open).length === 0;
  return isPlain && keptPages(source, format) === 1 ? firstShrink(step, source) : null;
}

function basePlan(source: SourceImage, size: Size): DerivativePlan {
  const factors = {
    source,
    steps: [],
    output: size,
    pages: 1,
    format: "png",
    encode: {},
    encodes: 1,
  } as const;
  const prediction = { size, pages: 1, encode: {}, open: {}, ...predictCosts(factors) };
  const key = `${trialKey(source)}-${size.width}x${size.height}`;
  return {
    key,
    source,
    steps: [],
    images: {},
    format: "png",
    settings: { effort: 0 },
    prescale: size,
    prediction,
  };
}
