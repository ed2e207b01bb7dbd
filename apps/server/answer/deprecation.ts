/**
 * When words of before 1.0 were deprecated, and the day before which none of them goes. docs/versioning.md says how long they live.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9745
 * @see https://www.rfc-editor.org/rfc/rfc8594
 */
const HEADERS: Readonly<Record<string, string>> = {
  deprecation: `@${Date.UTC(2026, 10, 30) / 1000}`,
  sunset: new Date(Date.UTC(2027, 10, 30)).toUTCString(),
};

const NONE: Readonly<Record<string, string>> = {};

const deprecated = new WeakSet<Request>();

/** Remembers that a request uses something that will go. */
export function markDeprecated(request: Request): void {
  deprecated.add(request);
}

/** Returns the headers that tell the caller so. An answer that has begun before carries none. */
export function deprecationHeaders(request: Request): Readonly<Record<string, string>> {
  return deprecated.has(request) ? HEADERS : NONE;
}
