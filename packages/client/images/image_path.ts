import { referenceOf } from "./image_source.ts";
import { isStored } from "./image_object.ts";
import type { ImageSource } from "./sources.ts";
import { type Recipe, referToImages } from "../recipe/recipe.ts";
import { extensionOf, recipeQuery } from "../recipe/recipe_query.ts";

/** A stored image and its version, which lets caches keep the results forever. */
export interface VersionedImage {
  readonly id: string;
  readonly version?: string;
}

/**
 * Returns the path and query of a recipe's result, relative to the base URL of a server.
 *
 * @throws {TypeError} if a parameter names an image that is not stored
 */
export function imagePath({ id, version }: VersionedImage, given: Recipe): string {
  const recipe = referToImages(given, nameInUrl);
  const { format } = recipe;
  const query = [recipeQuery(recipe), version === undefined ? "" : `v=${encodeURIComponent(version)}`]
    .filter(Boolean)
    .join("&");
  return `/images/${id}${format ? `.${extensionOf(format)}` : ""}${query ? `?${query}` : ""}`;
}

/** Returns the id of a stored image. URLs name only these: otherwise any reader of a page could make the server fetch other addresses. */
function nameInUrl(image: ImageSource): string {
  if (typeof image === "string" || isStored(image)) return referenceOf(image) ?? "";
  throw new TypeError(
    "Cannot write a URL with an image that is not stored: upload it first, or send it along by process()",
  );
}
