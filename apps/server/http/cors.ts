/** What pages of other origins may do, as headers. */
export interface Cors {
  /** Gives the headers of an answer to somebody from an origin. */
  readonly headersFor: (origin: string | null) => Readonly<Record<string, string>>;
}

/** What scripts of other origins may read of an answer, besides what they always may. */
const EXPOSED =
  "Accept-Ranges, Content-Disposition, Content-Length, Content-Location, Content-Range, Deprecation, ETag, Idempotent-Replayed, Link, Location, Preference-Applied, Retry-After, Server-Timing, Sunset, X-Request-Id";
const METHODS = "GET, HEAD, POST, PATCH, DELETE";
const REQUEST_HEADERS =
  "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range, Last-Event-ID, Prefer, Range, X-Request-Id";
const PREFLIGHT_SECONDS = "86400";

const NOTHING: Readonly<Record<string, string>> = {};

/** Gives what pages of some origins may do; `*` stands for all, none for those of the server itself. @see https://fetch.spec.whatwg.org/#http-cors-protocol */
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

/** Whether a browser asks if it may send a request. */
export function isPreflight({ headers, method }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}

/** Gives the answer to a browser that asks whether it may send a request, or `null` for what is no such question. */
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
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": PREFLIGHT_SECONDS,
    },
  });
}

function allowing(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
    "timing-allow-origin": origin,
  };
}
