import type { Problem } from "./problem.ts";
import type { ProblemCode } from "./problem_code.ts";

/** ProgImage refused a request or failed at it. The message is the problem's detail. */
export class ProgImageError extends Error {
  override readonly name: string = "ProgImageError";
  readonly status: number;
  /** A stable word for programs, such as `invalid_parameter`. */
  readonly code: ProblemCode;
  /** All that the server said about it. */
  readonly problem: Problem;
  /** Finds the request in the server's log. */
  readonly requestId: string | null;
  /** The answer itself. Its body has been read. */
  readonly response: Response;

  constructor(problem: Problem, response: Response) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.requestId = problem.requestId ?? response.headers.get("x-request-id");
    this.response = response;
  }
}

/**
 * There is no such image, job, preset or transform, or no longer. Of a deleted image that can be restored `code` is `deleted`, and
 * `problem.deletedAt` says since when.
 */
export class NotFoundError extends ProgImageError {
  override readonly name = "NotFoundError";
}

/** More bytes than a limit allows; `problem.limit` says how many those are. */
export class TooLargeError extends ProgImageError {
  override readonly name = "TooLargeError";
}

/**
 * The server has no image from a URL: `source_refused` where it must not fetch from, `source_not_found` where there is none,
 * `source_unreachable` where its bytes do not come.
 */
export class SourceError extends ProgImageError {
  override readonly name = "SourceError";
}

/** The result cannot be had in so few bytes: `problem.smallest` says in how many. */
export class DoesNotFitError extends ProgImageError {
  override readonly name = "DoesNotFitError";
}

/** The image has changed since `ifMatch` was read. */
export class ChangedError extends ProgImageError {
  override readonly name = "ChangedError";
}

/** The server is busy, or a part of it or its storage does not work: another try may succeed. */
export class UnavailableError extends ProgImageError {
  override readonly name = "UnavailableError";
}

/** No answer came, or it broke off. The cause has the reason. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
}

/** No answer came in time. */
export class TimeoutError extends ConnectionError {
  override readonly name = "TimeoutError";
}

const CLASSES: Readonly<Record<string, typeof ProgImageError>> = {
  deleted: NotFoundError,
  file_not_found: NotFoundError,
  image_not_found: NotFoundError,
  job_not_found: NotFoundError,
  preset_not_found: NotFoundError,
  transform_not_found: NotFoundError,
  too_large: TooLargeError,
  source_refused: SourceError,
  source_not_found: SourceError,
  source_unreachable: SourceError,
  does_not_fit: DoesNotFitError,
  precondition_failed: ChangedError,
  busy: UnavailableError,
  unavailable: UnavailableError,
  storage_error: UnavailableError,
};

/** Gives the error of a problem in the class that callers can tell it by. */
export function errorOf(problem: Problem, response: Response): ProgImageError {
  const ErrorClass = Object.hasOwn(CLASSES, problem.code) ? CLASSES[problem.code] : undefined;
  return new (ErrorClass ?? ProgImageError)(problem, response);
}

/** Returns a value instead of a {@linkcode NotFoundError}. Throws every other error. */
export function orIfNotFound<T>(error: unknown, value: T): T {
  if (error instanceof NotFoundError) return value;
  throw error;
}
