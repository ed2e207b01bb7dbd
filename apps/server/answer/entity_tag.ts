/** Returns the strong entity tag of a key. */
export function entityTag(key: string): string {
  return `"${key}"`;
}

/** Whether an `If-None-Match` header contains a tag, by weak comparison. @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
export function matchesAnyTag(header: string | null, tag: string): boolean {
  if (header === null) return false;
  if (header === tag) return true; // the form that caches send
  return tagsOf(header).some((candidate) => candidate === "*" || candidate.replace(/^W\//, "") === tag);
}

/**
 * Whether an `If-Match` header contains a tag, by strong comparison, or is absent. @see
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export function allowsTag(header: string | null, tag: string): boolean {
  return header === null || tagsOf(header).some((candidate) => candidate === "*" || candidate === tag);
}

function tagsOf(header: string): readonly string[] {
  return header.split(",").map((tag) => tag.trim());
}
