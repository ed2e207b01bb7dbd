/**
 * The date on which names from before 1.0 were deprecated, and the earliest date of their removal. docs/versioning.md has their
 * lifetimes.
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

/** Marks a request as one that uses a deprecated feature. */
export function markDeprecated(request: Request): void {
  deprecated.add(request);
}

/** Returns the headers that announce the deprecation. An answer that has already begun has none. */
export function deprecationHeaders(request: Request): Readonly<Record<string, string>> {
  return deprecated.has(request) ? HEADERS : NONE;
}
