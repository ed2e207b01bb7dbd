import type { ParamValue, Step } from "../../transform/recipe/recipe.ts";

type Params = Step["params"];

/** Rewrites for arguments that version 0.1 stored, by transform. Arguments in today's form stay the same. */
const REWRITES: Readonly<Record<string, (params: Params) => Params>> = {
  crop: withoutUnit,
  pixelate: withoutUnit,
  thumbnail: ({ width, height, ...others }) => ({
    width: width ?? height ?? 1,
    height: height ?? width ?? 1,
    ...others,
  }),
  compress: (params) =>
    rewriteEach(params, (name, value) => [
      name === "color" ? "colorSpace" : name,
      name === "chroma" && typeof value === "string" ? value.replaceAll(":", "") : value,
    ]),
  normalize: ({ lower = 0, upper = 1, ...others }) =>
    // In 0.1, shares are whole percentages.
    Number(lower) >= 1 || Number(upper) > 1
      ? { ...others, lower: Number(lower) / 100, upper: Number(upper) / 100 }
      : { ...others, lower, upper },
};

/** Returns steps in the form of today's transforms. Jobs that were created by 0.1 use its names. */
export function presentSteps(steps: readonly Step[]): readonly Step[] {
  return steps.map(({ transform, params }) => {
    const rewrite = Object.hasOwn(REWRITES, transform) ? REWRITES[transform] : undefined;
    return { transform, params: rewrite ? rewrite(params) : params };
  });
}

const LENGTHS: ReadonlySet<string> = new Set(["x", "y", "width", "height"]);

function withoutUnit({ unit, ...params }: Params): Params {
  if (unit !== "percent") return params;
  return rewriteEach(params, (name, value) => [
    name,
    LENGTHS.has(name) && typeof value === "number" ? `${value}pct` : value,
  ]);
}

/** Keeps the order of parameters, which is part of a result's key. */
function rewriteEach(
  params: Params,
  rewrite: (name: string, value: ParamValue) => readonly [name: string, value: ParamValue],
): Params {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => rewrite(name, value)));
}
