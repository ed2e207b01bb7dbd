import { type Recipe, type Step } from "../recipe/recipe.ts";

/** The candidates of an `srcset`: widths in pixels, or densities of a screen that shows the picture `width` pixels wide. */
export type SrcsetOptions =
  { readonly widths: readonly number[] } | { readonly densities: readonly number[]; readonly width: number };

/** The size of a picture in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** A picture of an `srcset`. */
export interface Candidate {
  readonly recipe: Recipe;
  /** `640w` or `2x`, for example. */
  readonly descriptor: string;
}

/** Transforms whose result may have another size than their source. Those of plugins may, too. */
const CHANGES_SIZE: readonly string[] = ["crop", "pad", "preset", "resize", "rotate", "thumbnail", "trim"];

/**
 * Returns the pictures of an `srcset`, each as wide as its descriptor says and each width once. If the size of the image is known, no
 * picture is wider than that. The last resize or thumbnail is made in that width, with its proportions.
 *
 * @throws {TypeError} if there are neither widths nor densities
 * @throws {RangeError} if one is not a positive number
 */
export function candidatesOf(
  recipe: Recipe,
  options: SrcsetOptions,
  { size, isBuiltIn }: { readonly size: PictureSize | null; readonly isBuiltIn: (name: string) => boolean },
): readonly Candidate[] {
  const keepsSize = ({ transform }: Step): boolean =>
    isBuiltIn(transform) && !CHANGES_SIZE.includes(transform);
  const { steps } = recipe;
  const last = steps.findLastIndex((step) => !keepsSize(step));
  const scaling = steps[last];
  const box = scaling && boxOf(scaling);
  const before = box ? steps.slice(0, last) : steps;
  const isKnown = size !== null && before.every(keepsSize);
  const most = isKnown ? widestOf(size, box) : null;
  const step = (width: number): Step => scaleTo(box && scaling ? scaling : RESIZE, { box, width, isKnown });
  const stepsOf = (width: number): readonly Step[] =>
    box ? steps.with(last, step(width)) : [...steps, step(width)];
  const made = readWidths(options).map(({ width, base }) => {
    const fitting = most === null ? width : Math.min(width, most);
    const descriptor = base === null ? `${fitting}w` : `${Number((fitting / base).toFixed(3))}x`;
    return [descriptor, { recipe: { ...recipe, steps: stepsOf(fitting) }, descriptor }] as const;
  });
  return [...new Map(made).values()];
}

const RESIZE: Step = { transform: "resize", params: {} };

/** The ratio of width to height that a step produces; `null` if it keeps the proportions of its source. */
interface Box {
  readonly ratio: number | null;
}

/** Reads how a step scales; `undefined` if it does not scale, or not by pixels. */
function boxOf({ transform, params }: Step): Box | undefined {
  const { width, height, fit = "inside" } = params;
  if (![width, height].every((side) => side === undefined || typeof side === "number")) return undefined;
  const ratio = Number(width ?? height) / Number(height ?? width);
  if (transform === "thumbnail") return { ratio };
  if (transform !== "resize") return undefined;
  const keepsRatio = fit === "inside" || fit === "outside" || width === undefined || height === undefined;
  return { ratio: keepsRatio ? null : ratio };
}

function widestOf({ width, height }: PictureSize, box: Box | undefined): number {
  return Math.max(1, box?.ratio ? Math.min(width, Math.floor(height * box.ratio)) : width);
}

/** Scales a step to a width. A step that does not enlarge could produce less than that, unless enough pixels are known to exist. */
function scaleTo(
  { transform, params }: Step,
  {
    box,
    width,
    isKnown,
  }: { readonly box: Box | undefined; readonly width: number; readonly isKnown: boolean },
): Step {
  const height = box?.ratio ? Math.max(1, Math.round(width / box.ratio)) : undefined;
  const unknown = transform === "thumbnail" ? undefined : true; // a thumbnail enlarges by default
  const enlarge = isKnown ? params["enlarge"] : unknown;
  return { transform, params: { ...params, dpr: undefined, width, height, enlarge } };
}

/** Reads the widths. `base` is the width at density 1; `null` without densities. */
function readWidths(
  options: SrcsetOptions,
): readonly { readonly width: number; readonly base: number | null }[] {
  if ("widths" in options)
    return options.widths.map((width: number) => ({
      width: checkPositive(width, Number.isInteger),
      base: null,
    }));
  if (!("densities" in options))
    throw new TypeError("Cannot write a srcset: it needs { widths } or { densities, width }");
  const base = checkPositive(options.width, Number.isInteger);
  return options.densities.map((density: number) => {
    return { width: Math.round(base * checkPositive(density, Number.isFinite)), base };
  });
}

function checkPositive(value: number, isFit: (value: number) => boolean): number {
  if (isFit(value) && value > 0) return value;
  throw new RangeError(`Cannot write a srcset: ${value} is neither a width in pixels nor a density`);
}
