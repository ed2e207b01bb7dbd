import { checkId } from "./check_id.ts";
import type { Image } from "./image.ts";
import { imagePath, type VersionedImage } from "./image_path.ts";
import { EMPTY_RECIPE } from "../recipe/recipe.ts";
import type { HasRecipe } from "./render_request.ts";

/** The part of an image that URLs and handles need. With its size, an `srcset` has no pictures that are larger than it. */
export type HandledImage = Pick<Image, "href" | "id"> & Partial<Pick<Image, "height" | "width">>;

/**
 * Returns the URL of what a recipe makes of an image, which every browser can GET; without a recipe that of the original. The URL of an image,
 * not an id, carries its version.
 *
 * @param baseUrl Where the server is, with a path if it has one.
 * @throws {InvalidIdError} if the id is not a UUID
 * @throws {TypeError} where a parameter names an image that is not stored
 */
export function imageUrl(baseUrl: string | URL, image: string | HandledImage, recipe?: HasRecipe): string {
  const base = String(baseUrl).replace(/\/+$/, "");
  return base + imagePath(versionedImage(image), recipe?.recipe ?? EMPTY_RECIPE);
}

/** Returns an image by its id, with its version if it is known. */
export function versionedImage(image: string | HandledImage): VersionedImage {
  if (typeof image === "string") return { id: checkId(image) };
  return { id: checkId(image.id), version: new URL(image.href).searchParams.get("v") ?? undefined };
}
