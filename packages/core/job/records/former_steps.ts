import type { ParamValue, Step } from "../../transform/recipe/recipe.ts";

type Params = Step["params"];

/** How the arguments that 0.1 has stored are written today, by their transforms. What is written so already stays as it is. */
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
    // Shares of 0.1 are whole numbers of per cent.
    Number(lower) >= 1 || Number(upper) > 1
      ? { ...others, lower: Number(lower) / 100, upper: Number(upper) / 100 }
      : { ...others, lower, upper },
};

/** Returns steps as today's transforms take them: those of jobs that were begun by 0.1 have its words. */
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

/** Keeps the order, which belongs to the key of a result. */
function rewriteEach(
  params: Params,
  rewrite: (name: string, value: ParamValue) => readonly [name: string, value: ParamValue],
): Params {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => rewrite(name, value)));
}
