/** The parts of a request that say where it goes. */
export type Targeted = Pick<Request, "url">;

/** Behind these bytes of a URL with a host, its path begins at the next slash. */
const SCHEME_LENGTH = "https://".length;

/**
 * Returns the path and the query of a request: dot segments are resolved, all else is as it was sent. Routes, caches and the log
 * must see the same, so that they all take it from here.
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

/** Returns the query of a request as it was sent, without the question mark. Parsed copies lose its order. */
export function queryOf({ url }: Targeted): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start + 1);
}

/**
 * Gives a request without a `Host` a URL with one, for the router. Bun hands over its bare path, and does not resolve that.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.3
 */
export function completeTarget(request: Request): void {
  const { url } = request;
  if (url.startsWith("/"))
    Object.defineProperty(request, "url", { value: new URL(`http://localhost${url}`).href });
}
