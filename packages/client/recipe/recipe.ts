import { IMAGE_PARAMS } from "./built_in_params.ts";
import type { CompressParams } from "./built_in/compress.ts";
import type { OutputFormat } from "../images/image.ts";
import { isImageObject } from "../images/image_object.ts";
import type { ImageSource } from "../images/sources.ts";

/** One transform with its arguments, as a caller wrote them. */
export interface Step {
  readonly transform: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The steps and format of a result, which URLs, JSON and services write in their own ways. */
export interface Recipe {
  readonly steps: readonly Step[];
  /** The encoder's parameters. A recipe has them once, however often and wherever `compress` was called. */
  readonly compress?: CompressParams;
  /** The format. If absent, the preset or the server decides. */
  readonly format?: OutputFormat | "auto";
}

/** A recipe as the server's JSON. */
export interface JsonRecipe {
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly format?: string;
}

/** A recipe without steps. */
export const EMPTY_RECIPE: Recipe = { steps: [] };

/** Returns all steps in the order in which they are written: the encoding comes last. */
export function allSteps({ steps, compress }: Recipe): readonly Step[] {
  return compress ? [...steps, { transform: "compress", params: { ...compress } }] : steps;
}

/**
 * Returns the parameters of a step that have a value.
 *
 * @throws {TypeError} for a step without a name, or a value that JSON would drop or change
 */
export function givenParams({
  transform,
  params,
}: Step): readonly (readonly [name: string, value: unknown])[] {
  if (!transform) throw new TypeError("Cannot write a step without the name of a transform");
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const isUnfit = typeof value === "number" ? !Number.isFinite(value) : JSON.stringify(value) === undefined;
    if (isUnfit)
      throw new TypeError(`Cannot send ${name} of ${transform}: ${String(value)} is not a value of JSON`);
  }
  return given;
}

/**
 * Writes a recipe as the server's JSON.
 *
 * @throws {TypeError} if a value cannot be sent
 */
export function jsonRecipe(recipe: Recipe): JsonRecipe {
  const { format } = recipe;
  const steps = allSteps(recipe).map((step) => ({
    transform: step.transform,
    ...Object.fromEntries(givenParams(step)),
  }));
  return { steps, ...(format !== undefined && { format }) };
}

/** Returns a recipe whose parameters name other images by the text that `refer` returns. */
export function referToImages(recipe: Recipe, refer: (source: ImageSource) => string): Recipe {
  return { ...recipe, steps: recipe.steps.map((step) => referInStep(step, refer)) };
}

/** Returns a step whose parameters name other images by the text that `refer` returns. */
export function referInStep({ transform, params }: Step, refer: (source: ImageSource) => string): Step {
  const known = Object.hasOwn(IMAGE_PARAMS, transform) ? IMAGE_PARAMS[transform] : undefined;
  const entries = Object.entries(params).map(([name, value]) => {
    const isImage = isImageObject(value) || (typeof value === "string" && known?.includes(name));
    return [name, isImage ? refer(value) : value] as const;
  });
  return { transform, params: Object.fromEntries(entries) };
}
