/** Since when spellings of before 1.0 are deprecated. @see https://www.rfc-editor.org/rfc/rfc9745 */
const DEPRECATED_SINCE = `@${Date.UTC(2026, 10, 30) / 1000}`;

const deprecated = new WeakSet<Request>();

/** Remembers that a request uses something that goes with 1.0. */
export function markDeprecated(request: Request): void {
  deprecated.add(request);
}

/** Returns the headers that tell the caller so. An answer that has begun before carries none. */
export function deprecationHeaders(request: Request): Readonly<Record<string, string>> {
  return deprecated.has(request) ? { deprecation: DEPRECATED_SINCE } : {};
}
