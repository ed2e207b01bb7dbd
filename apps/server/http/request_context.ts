import { AsyncLocalStorage } from "node:async_hooks";
import { type Caller, STRANGER } from "../access/caller.ts";

/** The data that the server keeps with a request. */
export interface RequestContext {
  /** Identifies the request in the log, in problems and in the answer's `X-Request-Id`. */
  readonly id: string;
  readonly caller: Caller;
  /** Extends the idle timeout of the connection to this many seconds. */
  readonly keepAlive: (seconds: number) => void;
  /** Restarts the time in which the client must take some of the answer. */
  readonly awaitClient: () => void;
}

const REQUEST_ID_REGEXP = /^[\w.:-]{1,128}$/;

const contexts = new WeakMap<Request, RequestContext>();

/** Returns the id of a request: a plain one from a proxy in front, or a new one. */
export function requestIdOf({ headers }: Request): string {
  const given = headers.get("x-request-id");
  return given !== null && REQUEST_ID_REGEXP.test(given) ? given : crypto.randomUUID();
}

/** Sets the context of a request. */
export function beginContext(request: Request, context: RequestContext): void {
  contexts.set(request, context);
}

const problemCodes = new WeakMap<Request, string>();

/** Notes the code of the problem that answers a request, for its log line. */
export function noteProblem(request: Request, code: string): void {
  problemCodes.set(request, code);
}

/** Returns the code of the problem that answers a request; `undefined` if none does. */
export function problemCodeOf(request: Request): string | undefined {
  return problemCodes.get(request);
}

const currentId = new AsyncLocalStorage<string>();

/** Runs work for a request, and makes its id available within. */
export function workFor<T>(id: string, work: () => T): T {
  return currentId.run(id, work);
}

/** Returns the id of the current request; `undefined` outside of any, such as in a job. */
export function currentRequestId(): string | undefined {
  return currentId.getStore();
}

/** Returns the context of a request. */
export function contextOf(request: Request): RequestContext {
  return (
    contexts.get(request) ?? { id: "unknown", caller: STRANGER, keepAlive: () => {}, awaitClient: () => {} }
  );
}
