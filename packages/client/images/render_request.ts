import type { WrittenRequest } from "../connection/call_service.ts";
import { ImageParts } from "../upload/image_parts.ts";
import { jsonDescription } from "../upload/image_description.ts";
import type { ImageSource } from "./sources.ts";
import { jsonRecipe, type Recipe, referToImages } from "../recipe/recipe.ts";
import { extensionOf, recipeQuery } from "../recipe/recipe_query.ts";
import type { SaveAttributes } from "../upload/save_attributes.ts";

/** An object with a recipe: a `recipe()`, or an image with steps. */
export interface HasRecipe {
  readonly recipe: Recipe;
}

/** One of several results. */
export interface RenderOutput {
  /** The name of the result's file, without extension: letters, digits, points, hyphens and underscores. @default {its number} */
  readonly name?: string;
  readonly recipe: HasRecipe;
}

/** Options for {@linkcode ProgImage.render}. */
export interface RenderRequest {
  /** The image or images to process. Files must come before ids and URLs. */
  readonly source: ImageSource | readonly ImageSource[];
  /** The recipes for each image. */
  readonly outputs: readonly (HasRecipe | RenderOutput)[];
  /** Whether smaller results are made from the pixels of larger ones: faster, and nearly the same. @default {false} */
  readonly reuse?: boolean;
}

/** Writes the request for one result. */
export function writeRender(
  source: ImageSource,
  recipe: Recipe,
  save: SaveAttributes | null,
): WrittenRequest {
  const parts = new ImageParts([source]);
  const sent = referToImages(recipe, parts.refer);
  const [reference] = parts.references;
  const json = {
    ...(reference !== undefined && { source: reference }),
    ...jsonRecipe(sent),
    ...(save && { save: jsonDescription(save) }),
  };
  const format = sent.format ? [`format=${extensionOf(sent.format)}`] : [];
  const query = save ? null : [recipeQuery(sent), ...format].filter(Boolean).join("&");
  return { path: "/render", parts, json, fields: recipeField(json), query };
}

/** Writes the request for several results. */
export function writeRenderMany(request: RenderRequest, save: SaveAttributes | null): WrittenRequest {
  const { source, outputs, reuse } = request;
  const parts = new ImageParts(isList(source) ? source : [source]);
  const json = {
    ...(parts.references.length > 0 && { sources: parts.references }),
    outputs: outputs.map((output) => jsonOutput(output, parts.refer)),
    ...(reuse && { reuse }),
    ...(save && { save: jsonDescription(save) }),
  };
  return { path: "/render", parts, json, fields: recipeField(json), query: null };
}

/** Writes a recipe and the name of its result as the server's JSON. */
export function jsonOutput(output: HasRecipe | RenderOutput, refer: (source: ImageSource) => string): object {
  const { recipe } = output;
  const name = "name" in output ? output.name : undefined;
  const json = jsonRecipe(referToImages("steps" in recipe ? recipe : recipe.recipe, refer));
  return { ...(name !== undefined && { name }), ...json };
}

/** Returns the fields of a form beside its files. */
function recipeField(json: object): URLSearchParams {
  return new URLSearchParams({ recipe: JSON.stringify(json) });
}

function isList(source: RenderRequest["source"]): source is readonly ImageSource[] {
  return Array.isArray(source);
}
