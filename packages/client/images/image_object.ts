import { FileSource } from "../upload/file_source.ts";
import type { Image } from "../shapes.ts";
import type { ImageSource } from "./sources.ts";

/** Whether a value is a stored image. */
export function isStored(value: unknown): value is Pick<Image, "id"> {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
}

/** Whether a value is an image as an object or URL: other parameters are texts, numbers or booleans. */
export function isImageObject(value: unknown): value is Exclude<ImageSource, string> {
  return (
    value instanceof Blob ||
    value instanceof FileSource ||
    value instanceof URL ||
    value instanceof ArrayBuffer ||
    value instanceof Uint8Array ||
    value instanceof ReadableStream ||
    isStored(value)
  );
}
