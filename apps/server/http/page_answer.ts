import { queryOf } from "./request_target.ts";

/** A page as the API shows it. */
export interface PageJson {
  readonly items: readonly unknown[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Returns the answer with a page. Its `Link` leads to the next one, relative to the URL that was asked for.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function pageAnswer(request: Request, page: PageJson): Response {
  const headers = new Headers({ "cache-control": "private, no-cache" });
  if (page.next !== null) {
    const query = new URLSearchParams(queryOf(request));
    query.set("cursor", page.next);
    headers.set("link", `<?${query}>; rel="next"`);
  }
  return Response.json(page, { headers });
}
