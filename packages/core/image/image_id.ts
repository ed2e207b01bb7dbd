const IMAGE_ID_REGEXP = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Returns a new id: a UUIDv7, which sorts by time. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7 */
export function newImageId(now: number): string {
  return Bun.randomUUIDv7("hex", now);
}

/** Returns the time at which an id was made, in milliseconds since 1970. */
export function timeOfImageId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** Returns whether a text has the form of an id: a UUIDv7 in canonical lower case. */
export function isImageId(text: string): boolean {
  return IMAGE_ID_REGEXP.test(text);
}

/**
 * Returns the canonical form of an id, or `null` if the text is none. Capitals mean the same.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-4
 */
export function readImageId(text: string): string | null {
  const id = text.toLowerCase();
  return isImageId(id) ? id : null;
}
