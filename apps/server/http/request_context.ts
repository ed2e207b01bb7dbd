import { AsyncLocalStorage } from "node:async_hooks";
import { type Caller, STRANGER } from "../access/caller.ts";
import { type Allowance, UNLIMITED } from "../access/rate/allowance.ts";

/** The data that the server keeps with a request. */
export interface RequestContext {
  /** Identifies the request in the log, in problems and in the answer's `X-Request-Id`. */
  readonly id: string;
  readonly caller: Caller;
  /** The part of the rates that it may still use. */
  readonly allowance: Allowance;
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

/** A context to begin with. Without an allowance, no limit applies. */
export type BegunContext = Omit<RequestContext, "allowance"> & Partial<Pick<RequestContext, "allowance">>;

/** Sets the context of a request. */
export function beginContext(request: Request, context: BegunContext): void {
  contexts.set(request, { allowance: UNLIMITED, ...context });
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

/** The part of a context that work without the request itself can use. */
export type WorkContext = Pick<RequestContext, "allowance" | "id">;

const current = new AsyncLocalStorage<WorkContext>();

/** Runs work for a request, and makes its id and its allowance available within. */
export function workFor<T>(context: WorkContext, work: () => T): T {
  return current.run(context, work);
}

/** Returns the id of the current request; `undefined` outside of any, such as in a job. */
export function currentRequestId(): string | undefined {
  return current.getStore()?.id;
}

/** Returns the allowance of the current request; `undefined` outside of any. */
export function currentAllowance(): Allowance | undefined {
  return current.getStore()?.allowance;
}

/** Returns the context of a request. */
export function contextOf(request: Request): RequestContext {
  return contexts.get(request) ?? UNKNOWN;
}

const UNKNOWN: RequestContext = {
  id: "unknown",
  caller: STRANGER,
  allowance: UNLIMITED,
  keepAlive: () => {},
  awaitClient: () => {},
};
