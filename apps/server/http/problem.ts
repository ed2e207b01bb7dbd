import { fromStorageError, isProgImageError, type JsonOf, type PROBLEM_SHAPE } from "@progimage/core";
import type { ProblemCode } from "../problem/problem_kind.ts";
import { problemHead } from "../problem/problem_kinds.ts";
import { closeToPages } from "../answer/page_headers.ts";
import { noteProblem } from "./request_context.ts";
import { Refusal } from "./refusal.ts";

/** A problem document of a request. @see https://www.rfc-editor.org/rfc/rfc9457 */
export type Problem = JsonOf<typeof PROBLEM_SHAPE> & {
  readonly code: ProblemCode;
  readonly requestId: string;
};

/** Options for {@linkcode problemOf}. */
export interface ProblemOptions {
  readonly requestId: string;
  /** Whether callers see the causes of errors. */
  readonly debug: boolean;
}

/** Returns the problem document of an error. It reveals nothing about a defect, except in debug mode. */
export function problemOf(error: unknown, { requestId, debug }: ProblemOptions): Problem {
  // Any file that is read or written for an answer may be the first sign of a failing disk.
  const explained = fromStorageError(error);
  const known = isProgImageError(explained) || explained instanceof Refusal ? explained : null;
  const code: ProblemCode = known?.code ?? "internal";
  return {
    ...problemHead(code),
    detail:
      known?.message ??
      "Cannot answer the request because of a defect: the log has more under this request's id",
    ...known?.details,
    requestId,
    ...(debug ? { cause: Bun.inspect(known ? known.cause : error) } : {}),
  };
}

/** Whether the error belongs in the log: the operator must act, or there is a defect. */
export function isServerFault({ status, code }: Pick<Problem, "code" | "status">): boolean {
  return code === "storage_error" || (status >= 500 && status !== 503 && code !== "feature_disabled");
}

/** Returns the answer with a problem, whose code the log line of the request gets. */
export function problemResponse(
  request: Request,
  problem: Problem,
  headers: Record<string, string> = {},
): Response {
  noteProblem(request, problem.code);
  return problemDocument(problem, headers);
}

/** Returns the answer with a problem of a request that is unknown. */
export function problemDocument(problem: Problem, headers: Record<string, string> = {}): Response {
  const { retryAfter } = problem;
  const response = Response.json(problem, {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(problem.status === 401 && { "www-authenticate": "Bearer" }),
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      ...headers,
    },
  });
  closeToPages(response);
  return response;
}

/** Returns the answer for a method that a path does not have. */
export function methodNotAllowed(request: Request, allowed: readonly string[], requestId: string): Response {
  const detail = `Cannot ${request.method} this path: it has ${allowed.join(", ")}`;
  const problem: Problem = { ...problemHead("method_not_allowed"), detail, requestId };
  return problemResponse(request, problem, { allow: allowed.join(", ") });
}

/** Returns the error for an unknown path, or for a misspelt one. */
export function pathNotFound(suggestion?: string): Refusal {
  if (suggestion === undefined)
    return new Refusal("route_not_found", "Cannot find this path: /swagger lists those that exist");
  const message = `Cannot find this path, as there is one spelling of each: did you mean ${suggestion}?`;
  return new Refusal("route_not_found", message, { details: { suggestion } });
}
