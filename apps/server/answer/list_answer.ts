import { entityTag, matchesAnyTag } from "./entity_tag.ts";
import { queryOf } from "../http/request_target.ts";

/** A page changes with its list: callers revalidate each time, and get a 304 if it is unchanged. */
const PRIVATE = "private, no-cache";

/** The API representation of a list, or of one page of it. */
export interface ListJson {
  readonly items: readonly unknown[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next?: string | null;
}

/** Options for {@linkcode answerList}. */
export interface ListAnswerOptions {
  /** @default {"private, no-cache"} */
  readonly cacheControl?: string;
}

/**
 * Returns the answer with a list and a weak `ETag`, or a 304 to a caller that has the same version. The `Link` of a page leads to the
 * next one, relative to the requested URL.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function answerList(
  request: Request,
  list: ListJson,
  { cacheControl = PRIVATE }: ListAnswerOptions = {},
): Response {
  const text = JSON.stringify(list);
  const tag = entityTag(Bun.hash(text).toString(36));
  const headers = new Headers({ etag: `W/${tag}`, "cache-control": cacheControl });
  if (list.next) headers.set("link", nextLink(request, list.next));
  if (matchesAnyTag(request.headers.get("if-none-match"), tag))
    return new Response(null, { status: 304, headers });
  headers.set("content-type", "application/json");
  return new Response(text, { headers });
}

function nextLink(request: Request, cursor: string): string {
  const query = new URLSearchParams(queryOf(request));
  query.set("cursor", cursor);
  return `<?${query}>; rel="next"`;
}
