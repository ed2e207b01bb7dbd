/** What belongs to a request besides itself. */
export interface RequestContext {
  /** Names the request in the log, in problems and in the answer's `X-Request-Id`. */
  readonly id: string;
  /** Gives the connection this many seconds until something must happen on it. */
  readonly keepAlive: (seconds: number) => void;
}

const REQUEST_ID_REGEXP = /^[\w.:-]{1,128}$/;

const contexts = new WeakMap<Request, RequestContext>();

/** Begins the context of a request: with the id that a proxy in front has given it, if it is a plain one, or a new one. */
export function beginContext(request: Request, keepAlive: (seconds: number) => void): RequestContext {
  const given = request.headers.get("x-request-id") ?? "";
  const context = { id: REQUEST_ID_REGEXP.test(given) ? given : crypto.randomUUID(), keepAlive };
  contexts.set(request, context);
  return context;
}

/** Gives the context of a request. */
export function contextOf(request: Request): RequestContext {
  return contexts.get(request) ?? { id: "unknown", keepAlive: () => {} };
}
