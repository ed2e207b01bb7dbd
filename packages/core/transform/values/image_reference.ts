import { isImageId } from "../../image/image_id.ts";

const PART_REGEXP = /^@[A-Za-z0-9_-]{1,64}$/;
const LONGEST_URL = 2_048;

/** What names an image, for callers: the id of a stored one, an address on the web, or a part of the form that asks. */
export type ImageReferenceKind = "id" | "url" | "part";

/** Reads what names an image. Gives it in its canonical form, or `null` where it cannot name any. */
export function readImageReference(text: string): string | null {
  if (isImageId(text) || PART_REGEXP.test(text)) return text;
  if (text.length > LONGEST_URL || !/^https?:\/\//i.test(text)) return null;
  return URL.parse(text)?.href ?? null;
}

/** Tells what kind of name an image has in its canonical form. */
export function kindOfReference(reference: string): ImageReferenceKind {
  if (reference.startsWith("@")) return "part";
  return isImageId(reference) ? "id" : "url";
}
