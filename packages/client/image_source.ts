import type { Image } from "./image.ts";
import type { Recipe } from "./recipe.ts";
import type { UploadSource } from "./upload_source.ts";

/** A stored image: its id, or the image itself. */
export type ImageReference = string | Pick<Image, "id">;

/**
 * An image to work on. A text is the id of a stored image, an http(s) URL, or else the path of a file, and a URL is where the image
 * lies; everything else is sent along. A text of a stranger could name any file: check it before.
 */
export type ImageSource = ImageReference | UploadSource;

/** What names an image without its bytes: a UUID, or an address on the web. */
const REFERENCE_REGEXP = /^(?:https?:\/\/.*|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/is;

/** Gives the id or URL that an image can be named by, or `null` where its bytes have to be sent. */
export function referenceOf(source: ImageSource): string | null {
  if (typeof source === "string") return REFERENCE_REGEXP.test(source) ? source : null;
  if (source instanceof URL) return source.protocol === "file:" ? null : source.href;
  return isStored(source) ? idOf(source) : null;
}

/** Gives the id of a stored image. @throws {TypeError} for one with steps, which would be forgotten */
export function idOf(image: Pick<Image, "id"> & { readonly recipe?: Recipe }): string {
  if (!image.recipe || isEmpty(image.recipe)) return image.id;
  throw new TypeError("Cannot use what is made of an image as an image: store it first, or use its id");
}

/** Tells a stored image from everything else. */
export function isStored(value: unknown): value is Pick<Image, "id"> {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
}

/** Tells whether a value can be nothing but an image: parameters of other kinds are texts, numbers, yes or no. */
export function isImageObject(value: unknown): value is Exclude<ImageSource, string> {
  return (
    value instanceof Blob ||
    value instanceof URL ||
    value instanceof ArrayBuffer ||
    value instanceof Uint8Array ||
    value instanceof ReadableStream ||
    isStored(value)
  );
}

function isEmpty({ steps, compress, format }: Recipe): boolean {
  return steps.length === 0 && [compress, format].every((each) => each === undefined);
}
