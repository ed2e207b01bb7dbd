import { type ErrorCode, fromStorageError, isProgImageError, ProgImageError } from "@progimage/core";
import { closeToPages } from "./page_headers.ts";
import { Refusal } from "./refusal.ts";

/** A code that only HTTP knows. */
export type HttpCode =
  "host_refused" | "internal" | "media_type_refused" | "method_not_allowed" | "origin_refused";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** The one place where a failure gets its status. */
export const PROBLEMS: Readonly<Record<ErrorCode | HttpCode, ProblemKind>> = {
  invalid_request: { status: 400, title: "The request cannot be understood" },
  invalid_parameter: { status: 400, title: "A parameter is wrong" },
  field_after_file: { status: 400, title: "A field stands behind its file" },
  unknown_transform: { status: 400, title: "There is no such transform" },
  source_refused: { status: 403, title: "Images are not fetched from there" },
  origin_refused: { status: 403, title: "Pages of other origins may not do this" },
  not_found: { status: 404, title: "There is nothing here" },
  unknown_format: { status: 404, title: "There is no such format" },
  deleted: { status: 410, title: "The image is deleted" },
  method_not_allowed: { status: 405, title: "This cannot be done here" },
  key_reused: { status: 422, title: "The idempotency key stands for another request" },
  conflict: { status: 409, title: "This cannot be done in its state" },
  too_slow: { status: 408, title: "The upload is too slow" },
  changed: { status: 412, title: "It has changed since" },
  too_large: { status: 413, title: "Too many bytes" },
  unsupported_media: { status: 415, title: "Not an image that can be read" },
  media_type_refused: { status: 415, title: "The body must be of another type" },
  host_refused: { status: 421, title: "This server does not answer for that host" },
  broken_image: { status: 422, title: "The image is broken" },
  source_not_found: { status: 422, title: "The source has no such image" },
  too_many_pixels: { status: 422, title: "Too many pixels" },
  does_not_fit: { status: 422, title: "Not possible in so few bytes" },
  too_costly: { status: 422, title: "This costs too much" },
  cancelled: { status: 499, title: "The client has left" },
  internal: { status: 500, title: "Something went wrong" },
  damaged: { status: 500, title: "The stored bytes are damaged" },
  plugin_failed: { status: 500, title: "A plugin failed" },
  source_unreachable: { status: 502, title: "The source does not give its bytes" },
  too_many_jobs: { status: 429, title: "Too many jobs wait" },
  busy: { status: 503, title: "Too busy" },
  unavailable: { status: 503, title: "Not available at the moment" },
  storage_error: { status: 503, title: "The server's storage does not work" },
  storage_full: { status: 507, title: "No room to write" },
};

/** A problem document. @see https://www.rfc-editor.org/rfc/rfc9457 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode | HttpCode;
  readonly requestId: string;
  readonly [extension: string]: unknown;
}

/** Options for {@linkcode problemOf}. */
export interface ProblemOptions {
  readonly requestId: string;
  /** Tells callers the causes of errors. */
  readonly debug: boolean;
}

/** Returns the problem document of an error. Of defects it tells strangers nothing. */
export function problemOf(error: unknown, { requestId, debug }: ProblemOptions): Problem {
  // Any file that is read or written for an answer may be the first to show that a disk fails.
  const explained = fromStorageError(error);
  const known = isProgImageError(explained) || explained instanceof Refusal ? explained : null;
  const code: ErrorCode | HttpCode = known?.code ?? "internal";
  const { status, title } = PROBLEMS[code];
  return {
    type: `urn:progimage:problem:${code}`,
    title,
    status,
    detail:
      known?.message ??
      "Cannot answer the request because of a defect: the log has more under this request's id",
    code,
    ...known?.details,
    requestId,
    ...(debug ? { cause: Bun.inspect(known ? known.cause : error) } : {}),
  };
}

/** Whether the log must say so: an operator has to do something about it, or there is a defect. */
export function isServersTrouble({ status, code }: Pick<Problem, "code" | "status">): boolean {
  return code === "storage_error" || (status >= 500 && status !== 503);
}

/** Gives the answer that carries a problem. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const retryAfter = problem["retryAfter"];
  const response = Response.json(problem, {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(typeof retryAfter === "number" ? { "retry-after": String(retryAfter) } : {}),
      ...headers,
    },
  });
  closeToPages(response);
  return response;
}

/** The answer to a method that a path does not have. */
export function methodNotAllowed(method: string, allowed: readonly string[], requestId: string): Response {
  const { status, title } = PROBLEMS.method_not_allowed;
  const detail = `Cannot ${method} this path: it has ${allowed.join(", ")}`;
  const type = "urn:progimage:problem:method_not_allowed";
  const problem: Problem = { type, title, status, detail, code: "method_not_allowed", requestId };
  return problemResponse(problem, { allow: allowed.join(", ") });
}

/** The error for a path that leads nowhere. */
export function pathNotFound(): ProgImageError {
  return new ProgImageError("not_found", "Cannot find this path: /swagger lists those that exist");
}
