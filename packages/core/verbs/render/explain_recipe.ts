import { type Static, Type } from "@sinclair/typebox";
import { findImage, type FindImagePorts } from "../image/find_image.ts";
import type { Ports } from "../../ports.ts";
import { type JsonOf, objectShape } from "../../shape/shape.ts";
import { defaultOutputFormat } from "../../transform/output/formats.ts";
import { formatUrlRecipe, jsonSteps } from "../../transform/recipe/format_recipe.ts";
import { type PredictionSource, predictRecipe } from "../../transform/planning/predict.ts";
import type { Recipe } from "../../transform/recipe/recipe.ts";
import type { EXPLAINED_RECIPE_SHAPE } from "../../transform/recipe/recipe_shape.ts";
import { isOutputTransform } from "../../transform/contract/transform.ts";

const SIDE = Type.Integer({ minimum: 1, maximum: 16_383, description: "Pixels" });

/** The shape of a source for a prediction: the id of a stored image, or a size. */
export const EXPLAINED_SOURCE_SHAPE = Type.Union([
  Type.String({ description: "The id of an image" }),
  objectShape({ width: SIDE, height: SIDE }),
]);

/** A source for a prediction. */
export type ExplainedSource = Static<typeof EXPLAINED_SOURCE_SHAPE>;

/** A recipe in each of its spellings, and the size of its result. */
export type ExplainedRecipe = JsonOf<typeof EXPLAINED_RECIPE_SHAPE>;

/**
 * Returns how a recipe is written and how large its result is, without rendering.
 *
 * @throws {ProgImageError} `not_found` for a source that is not stored; `invalid_parameter` or `too_many_pixels` for a recipe that cannot
 * be applied
 * to it
 */
export async function explainRecipe(
  ports: FindImagePorts & Pick<Ports, "limits" | "transforms">,
  recipe: Recipe,
  source: ExplainedSource | undefined,
): Promise<ExplainedRecipe> {
  const { steps, format } = recipe;
  const found = typeof source === "string" ? await findImage(ports, source) : source && stillOf(source);
  return {
    recipe: formatUrlRecipe(recipe, ports.transforms),
    steps: jsonSteps(steps),
    format,
    result: found ? resultOf(ports, recipe, found) : null,
  };
}

function resultOf(
  { limits, transforms }: Pick<Ports, "limits" | "transforms">,
  { steps, format }: Recipe,
  source: PredictionSource,
): ExplainedRecipe["result"] {
  // Without a format, it is unknown whether it supports the output steps.
  const known = format === null ? steps.filter((step) => !isOutput(step.transform)) : steps;
  const output = format ?? defaultOutputFormat(source.format);
  const { size, pages } = predictRecipe({ steps: known, format: output }, source, transforms, limits);
  const { width, height } = size === "unknown" ? { width: null, height: null } : size;
  return { width, height, pages };

  function isOutput(name: string): boolean {
    return isOutputTransform(transforms.get(name));
  }
}

/** Returns a typical still image of a size. */
function stillOf({ width, height }: { readonly width: number; readonly height: number }): PredictionSource {
  return { format: "jpeg", width, height, pages: 1, hasAlpha: false, orientation: 1, colorSpace: "srgb" };
}
