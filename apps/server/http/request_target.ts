/** The part of a request that contains its target. */
export type Targeted = Pick<Request, "url">;

/** The path of an absolute URL begins at the first slash after these characters. */
const SCHEME_LENGTH = "https://".length;

/**
 * Returns the path and the query of a request. Dot segments are resolved, the rest is unchanged. Routes, caches and the log must see the
 * same target, so all of them use this function.
 */
export function targetOf({ url }: Targeted): string {
  return url.startsWith("/") ? url : url.slice(url.indexOf("/", SCHEME_LENGTH));
}

/** Returns the path of a request. */
export function pathOf(request: Targeted): string {
  const target = targetOf(request);
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
}

/** Returns the query of a request unchanged, without the question mark. Parsing would lose its order. */
export function queryOf({ url }: Targeted): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start + 1);
}

/**
 * Makes the URL of a request without a `Host` absolute, for the router. Bun passes its bare path, and does not resolve it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.3
 */
export function completeTarget(request: Request): void {
  const { url } = request;
  if (url.startsWith("/")) setUrl(request, new URL(`http://localhost${url}`).href);
}

const ID_PATH_REGEXP = /^\/(?:images|jobs)\/[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/;

/**
 * Writes the id in the path of a request in lower case, for the router and the cache of answers. Capitals mean the same.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-4
 */
export function lowerId(request: Request): void {
  const target = targetOf(request);
  const written = ID_PATH_REGEXP.exec(target)?.[0] ?? "";
  const lower = written.toLowerCase();
  if (lower === written) return;
  replaceTarget(request, lower + target.slice(lower.length));
}

/** Replaces the path and the query of a request, for the router, the caches and the log. */
export function replaceTarget(request: Request, target: string): void {
  setUrl(request, request.url.slice(0, -targetOf(request).length) + target);
}

/** It can be replaced again. */
function setUrl(request: Request, url: string): void {
  Object.defineProperty(request, "url", { value: url, configurable: true });
}
