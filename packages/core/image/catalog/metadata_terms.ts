import type { Image } from "../image.ts";

/** Values of metadata that can be found have at most so many characters. */
export const FOUND_CHARACTERS = 128;

/** Begins a word that is no tag: tags have no control characters. */
const MARK = "\u0001";

/** Behind every word that begins with a key. */
const LAST_CHARACTER = "\u{10FFFF}";

/**
 * Returns the words under which an index has an image: its tags, and what its metadata has under keys that the operator has declared.
 * Numbers and booleans are found as JSON writes them; lists, objects and long texts are not found.
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

/** Returns the rows of an index for what images have under one key. */
export function rowsOfKey(key: string, images: readonly Image[]) {
  return images.flatMap(({ id, owner, createdAt, metadata }) =>
    termsOf({ tags: [], metadata }, [key]).map((tag) => ({ owner, tag, createdAt, imageId: id })),
  );
}

/** Returns the text by which a value of metadata is found, or `null` for one that is not. */
export function foundText(value: unknown): string | null {
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const text = isPlain ? String(value) : "";
  const isFound = text.length <= FOUND_CHARACTERS && !/[\u0000-\u001f\u007f]/.test(text);
  return isPlain && isFound ? text : null;
}

/** Returns the word for a value under a key. Keys have no equals sign. */
export function metadataTerm(key: string, text: string): string {
  return `${MARK}${key}=${text}`;
}

/** Returns the bounds of all words of a key. */
export function termsOfKey(key: string): readonly [from: string, before: string] {
  return [metadataTerm(key, ""), metadataTerm(key, LAST_CHARACTER)];
}
