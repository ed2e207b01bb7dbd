/** The CORS headers for pages of other origins. */
export interface Cors {
  /** Returns the headers of an answer to an origin. */
  readonly headersFor: (origin: string | null) => Readonly<Record<string, string>>;
}

/** The headers that scripts of other origins may read, besides the safelisted ones. */
const EXPOSED =
  "Accept-Ranges, Content-Disposition, Content-Length, Content-Location, Content-Range, Deprecation, ETag, Idempotent-Replayed, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, Sunset, X-Request-Id";
const METHODS = "GET, HEAD, POST, PATCH, DELETE";
/** Names of headers, as in a list that a browser writes. */
const NAMES_REGEXP = /^[\w!#$%&'*+.^`|~, -]+$/;
const PREFLIGHT_SECONDS = "86400";

const NOTHING: Readonly<Record<string, string>> = {};

/**
 * Returns the CORS rules of some origins. `*` allows all origins; an empty list allows only the server's own. @see
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCors(origins: readonly string[]): Cors {
  if (origins.length === 0) return { headersFor: () => NOTHING };
  if (origins.includes("*")) {
    const open = allowing("*");
    return { headersFor: () => open };
  }
  const allowed = new Map(origins.map((origin) => [origin, { ...allowing(origin), vary: "Origin" }]));
  const refused = { vary: "Origin" };
  return { headersFor: (origin) => allowed.get(origin ?? "") ?? refused };
}

/** Whether a request is a CORS preflight. */
export function isPreflight({ headers, method }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}

/** Returns the answer to a preflight, or `null` for any other request. */
export function answerPreflight(
  request: Request,
  cors: Cors,
  common: Readonly<Record<string, string>>,
): Response | null {
  if (!isPreflight(request)) return null;
  const allowed = cors.headersFor(request.headers.get("origin"));
  if (!("access-control-allow-origin" in allowed)) return null;
  return new Response(null, {
    status: 204,
    headers: {
      ...common,
      ...allowed,
      "access-control-allow-methods": METHODS,
      ...allowedHeaders(request),
      "access-control-max-age": PREFLIGHT_SECONDS,
    },
  });
}

/**
 * Allows the headers that the page asks for. Widgets and tracing libraries add headers of their own, such as `X-Requested-With` or
 * `traceparent`, and no header makes a request of an allowed page more powerful.
 */
function allowedHeaders({ headers }: Request): Record<string, string> {
  const names = headers.get("access-control-request-headers");
  return names !== null && NAMES_REGEXP.test(names) ? { "access-control-allow-headers": names } : {};
}

function allowing(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
    "timing-allow-origin": origin,
  };
}
