import { entityTag, matchesAnyTag } from "./entity_tag.ts";

/** A page of a list changes with what it lists: callers ask each time, and are told if it is as it was. */
const PRIVATE = "private, no-cache";

/** Options for {@linkcode answerList}. */
export interface ListAnswerOptions {
  /** @default {"private, no-cache"} */
  readonly cacheControl?: string;
}

/** Returns the answer that carries a list, with a weak `ETag`, or a 304 to a caller that has the same. */
export function answerList(
  { headers }: Pick<Request, "headers">,
  list: object,
  { cacheControl = PRIVATE }: ListAnswerOptions = {},
): Response {
  const text = JSON.stringify(list);
  const tag = entityTag(Bun.hash(text).toString(36));
  const init = { headers: { etag: `W/${tag}`, "cache-control": cacheControl } };
  if (matchesAnyTag(headers.get("if-none-match"), tag)) return new Response(null, { status: 304, ...init });
  return new Response(text, { headers: { ...init.headers, "content-type": "application/json" } });
}
