/** Headers that tell browsers what pages may do with an answer. */
export type PageHeaders = Readonly<Record<string, string>>;

/** Those of pictures: pages of all origins may show them. Opened as a page, they may do nothing. */
export const PICTURE_PAGE_HEADERS: PageHeaders = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  "cross-origin-resource-policy": "cross-origin",
};

/** Those of all other answers, such as JSON: no page of another origin may embed them, not even without reading them. */
const CLOSED_PAGE_HEADERS: PageHeaders = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};

/** Closes an answer to pages as far as it says nothing else. A 304 changes the headers of what a browser has: it stays as it is. */
export function closeToPages({ headers, status }: Response): void {
  if (status === 304) return;
  for (const [name, value] of Object.entries(CLOSED_PAGE_HEADERS))
    if (!headers.has(name)) headers.set(name, value);
}
