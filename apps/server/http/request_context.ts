import { AsyncLocalStorage } from "node:async_hooks";

/** What belongs to a request besides itself. */
export interface RequestContext {
  /** Names the request in the log, in problems and in the answer's `X-Request-Id`. */
  readonly id: string;
  /** Gives the connection this many seconds until something must happen on it. */
  readonly keepAlive: (seconds: number) => void;
  /** Gives the client its time to take something of what was sent. */
  readonly awaitClient: () => void;
}

const REQUEST_ID_REGEXP = /^[\w.:-]{1,128}$/;

const contexts = new WeakMap<Request, RequestContext>();

/** Gives the id of a request: the one that a proxy in front has given it, if it is a plain one, or a new one. */
export function requestIdOf({ headers }: Request): string {
  const given = headers.get("x-request-id");
  return given !== null && REQUEST_ID_REGEXP.test(given) ? given : crypto.randomUUID();
}

/** Begins the context of a request. */
export function beginContext(request: Request, context: RequestContext): void {
  contexts.set(request, context);
}

const currentId = new AsyncLocalStorage<string>();

/** Does the work for a request, within which its id is known everywhere. */
export function workFor<T>(id: string, work: () => T): T {
  return currentId.run(id, work);
}

/** Returns the id of the request for which the work at hand is done; `undefined` for work that none asked for, such as a job's. */
export function currentRequestId(): string | undefined {
  return currentId.getStore();
}

/** Gives the context of a request. */
export function contextOf(request: Request): RequestContext {
  return contexts.get(request) ?? { id: "unknown", keepAlive: () => {}, awaitClient: () => {} };
}
