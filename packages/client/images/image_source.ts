import { checkId, isId } from "./check_id.ts";
import { fromUrl } from "../upload/from_url.ts";
import { isStored } from "./image_object.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { Image } from "../shapes.ts";
import type { ImageSource } from "./sources.ts";

/**
 * Returns the id or URL of an image, or `null` if its bytes have to be sent.
 *
 * @throws {TypeError} for a text that is not an id, or a URL that is not http(s)
 */
export function referenceOf(source: ImageSource): string | null {
  if (typeof source === "string") return readText(source);
  if (source instanceof URL) return fromUrl(source).href;
  return isStored(source) ? idOf(source) : null;
}

/** Returns the id of a stored image. @throws {TypeError} if it has steps, which would be lost */
export function idOf(image: Pick<Image, "id"> & { readonly recipe?: Recipe }): string {
  if (!image.recipe || isEmpty(image.recipe)) return checkId(image.id);
  throw new TypeError("Cannot use a rendered image as an image: store it first, or use its id");
}

/** @throws {TypeError} always, with the correct call */
export function refuseText(text: string): never {
  const shown = JSON.stringify(text.slice(0, 64));
  throw new TypeError(
    `Cannot use ${shown} as an image: say fromFile(path) for a file, fromUrl(url) for an address`,
  );
}

function readText(text: string): string {
  return isId(text) ? checkId(text) : refuseText(text);
}

function isEmpty({ steps, compress, format }: Recipe): boolean {
  return steps.length === 0 && [compress, format].every((each) => each === undefined);
}
