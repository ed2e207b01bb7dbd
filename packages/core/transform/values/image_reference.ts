import { isImageId, readImageId } from "../../image/image_id.ts";

const PART_REGEXP = /^@[A-Za-z0-9_-]{1,64}$/;
const LONGEST_URL = 2_048;

/** How callers refer to an image: by the id of a stored one, a URL, or a part of the submitted form. */
export type ImageReferenceKind = "id" | "url" | "part";

/** Reads a reference to an image. Returns its canonical form, or `null` if it is invalid. */
export function readImageReference(text: string): string | null {
  const id = readImageId(text);
  if (id !== null) return id;
  if (PART_REGEXP.test(text)) return text;
  if (text.length > LONGEST_URL || !/^https?:\/\//i.test(text)) return null;
  return URL.parse(text)?.href ?? null;
}

/** Returns the kind of a reference in canonical form. */
export function kindOfReference(reference: string): ImageReferenceKind {
  if (reference.startsWith("@")) return "part";
  return isImageId(reference) ? "id" : "url";
}
