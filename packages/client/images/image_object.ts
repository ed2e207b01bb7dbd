import { FileSource } from "../upload/file_source.ts";
import type { Image } from "../shapes.ts";
import type { ImageSource } from "./sources.ts";

/** Tells a stored image from everything else. */
export function isStored(value: unknown): value is Pick<Image, "id"> {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
}

/** Whether a value can be nothing but an image: parameters of other kinds are texts, numbers, yes or no. */
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
