import { checkId } from "./check_id.ts";
import type { Image } from "./image.ts";
import { imagePath, type VersionedImage } from "./image_path.ts";
import { EMPTY_RECIPE } from "../recipe/recipe.ts";
import type { HasRecipe } from "./render_request.ts";

/** The part of an image that URLs and handles need. If it has a size, an `srcset` has no pictures larger than that. */
export type HandledImage = Pick<Image, "href" | "id"> & Partial<Pick<Image, "height" | "width">>;

/**
 * Returns the URL of a recipe's result, which every browser can GET; without a recipe, the URL of the original. The URL of an image,
 * rather than an id, includes its version.
 *
 * @param baseUrl The URL of the server, including its path if it has one.
 * @throws {InvalidIdError} if the id is not a UUID
 * @throws {TypeError} if a parameter names an image that is not stored
 */
export function imageUrl(baseUrl: string | URL, image: string | HandledImage, recipe?: HasRecipe): string {
  const base = String(baseUrl).replace(/\/+$/, "");
  return base + imagePath(versionedImage(image), recipe?.recipe ?? EMPTY_RECIPE);
}

/** Returns the id of an image, with its version if it is known. */
export function versionedImage(image: string | HandledImage): VersionedImage {
  if (typeof image === "string") return { id: checkId(image) };
  // A server that does not know its URL writes paths.
  const { searchParams } = new URL(image.href, "http://localhost");
  return { id: checkId(image.id), version: searchParams.get("v") ?? undefined };
}
