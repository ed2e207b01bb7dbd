import type { Image } from "../image.ts";

/** The maximum length of a metadata value that can be searched for. */
export const FOUND_CHARACTERS = 128;

/** Marks a term that is not a tag, as tags have no control characters. */
const MARK = "\u0001";

/** Appended to a key's prefix, it sorts after every term of that key. */
const LAST_CHARACTER = "\u{10FFFF}";

/**
 * Returns the terms by which an image is indexed: its tags, and its metadata values under the keys that the operator has declared.
 * Numbers and booleans are indexed as in JSON. Lists, objects and long texts are not indexed.
 */
export function termsOf(
  { tags, metadata }: Pick<Image, "metadata" | "tags">,
  keys: readonly string[],
): readonly string[] {
  const found = keys.flatMap((key) => {
    const text = Object.hasOwn(metadata, key) ? foundText(metadata[key]) : null;
    return text === null ? [] : [metadataTerm(key, text)];
  });
  return [...tags, ...found];
}

/** Returns the index rows for the values of images under one key. */
export function rowsOfKey(key: string, images: readonly Image[]) {
  return images.flatMap(({ id, owner, createdAt, metadata }) =>
    termsOf({ tags: [], metadata }, [key]).map((tag) => ({ owner, tag, createdAt, imageId: id })),
  );
}

/** Returns the indexed text of a metadata value, or `null` if it is not indexed. */
export function foundText(value: unknown): string | null {
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const text = isPlain ? String(value) : "";
  const isFound = text.length <= FOUND_CHARACTERS && !/[\u0000-\u001f\u007f]/.test(text);
  return isPlain && isFound ? text : null;
}

/** Returns the term for a value under a key. Keys contain no equals sign. */
export function metadataTerm(key: string, text: string): string {
  return `${MARK}${key}=${text}`;
}

/** Returns the bounds of all terms of a key. */
export function termsOfKey(key: string): readonly [from: string, before: string] {
  return [metadataTerm(key, ""), metadataTerm(key, LAST_CHARACTER)];
}
