/** Headers that tell browsers how pages may use an answer. */
export type PageHeaders = Readonly<Record<string, string>>;

/** Headers of pictures: pages of all origins may show them. A picture opened as a page has no rights. */
export const PICTURE_PAGE_HEADERS: PageHeaders = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  "cross-origin-resource-policy": "cross-origin",
  "x-content-type-options": "nosniff",
};

/** Headers of all other answers, such as JSON: pages of other origins may not embed them, even without reading them. */
const CLOSED_PAGE_HEADERS: PageHeaders = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/**
 * Closes an answer to pages, unless it sets such headers itself. A 304 is unchanged: it would replace the headers of the browser's copy.
 */
export function closeToPages({ headers, status }: Response): void {
  if (status === 304) return;
  for (const [name, value] of Object.entries(CLOSED_PAGE_HEADERS))
    if (!headers.has(name)) headers.set(name, value);
}
