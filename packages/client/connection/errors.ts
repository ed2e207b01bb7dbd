import type { Problem } from "../shapes.ts";
import type { ProblemCode } from "../problem_code.ts";

/** The base of all errors of the client but for a programmer's mistakes. */
export class ProgImageClientError extends Error {
  override readonly name: string = "ProgImageClientError";

  /** Returns what a log should have: a plain error is written as `{}`. */
  toJSON(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...Object.entries(this), ["message", this.message]]);
  }
}

/** A text is not an id: there cannot be such an image or job. Nothing was sent. */
export class InvalidIdError extends ProgImageClientError {
  override readonly name = "InvalidIdError";
  readonly id: unknown;

  constructor(id: unknown) {
    super(`Cannot use ${JSON.stringify(id)?.slice(0, 64)} as an id: it must be a UUID`);
    this.id = id;
  }
}

/** A file of the disk cannot be read, so that nothing was sent of it. */
export class FileError extends ProgImageClientError {
  override readonly name = "FileError";
  readonly path: string;
  /** The system's word, such as `ENOENT` for a file that does not exist, and `EISDIR` for a folder. */
  readonly code: string;

  constructor(path: string | URL, code: string, options?: ErrorOptions) {
    super(`Cannot read the file ${path}: ${FILE_REASONS[code] ?? code}`, options);
    this.path = String(path);
    this.code = code;
  }
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  EACCES: "it may not be read",
  EISDIR: "it is a directory",
  ENOENT: "it does not exist",
};

/** ProgImage refused a request or failed at it. The message is the problem's detail. */
export class ProgImageError extends ProgImageClientError {
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

  override toJSON(): Readonly<Record<string, unknown>> {
    const { name, message, status, code, requestId, problem } = this;
    return { name, message, status, code, requestId, problem };
  }
}

/** The request cannot be understood, or a value in it is wrong. */
export class ValidationError extends ProgImageError {
  override readonly name = "ValidationError";
  /** The parameter, header or field at fault. */
  readonly parameter = this.problem.parameter ?? null;
  /** The values or names that are understood. */
  readonly known = this.problem.known ?? [];
  /** The value or name that was probably meant. */
  readonly suggestion = this.problem.suggestion ?? null;
}

/** The server does not know who asks: a key or signature is missing, wrong or has expired. */
export class AuthenticationError extends ProgImageError {
  override readonly name = "AuthenticationError";
}

/** The caller may not do this. */
export class PermissionError extends ProgImageError {
  override readonly name = "PermissionError";
}

/** It cannot be done in this state, or the idempotency key stands for another request. */
export class ConflictError extends ProgImageError {
  override readonly name = "ConflictError";
}

/** The caller asks too often, or for too much at once. */
export class RateLimitError extends ProgImageError {
  override readonly name = "RateLimitError";
  /** Seconds after which another try makes sense, if the server says so. */
  readonly retryAfter = this.problem.retryAfter ?? null;
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
export class PreconditionFailedError extends ProgImageError {
  override readonly name = "PreconditionFailedError";
}

/** The server is busy, or a part of it or its storage does not work: another try may succeed. */
export class UnavailableError extends ProgImageError {
  override readonly name = "UnavailableError";
}

/** No answer came, or it broke off. The cause has the reason. */
export class ConnectionError extends ProgImageClientError {
  override readonly name: string = "ConnectionError";
}

/** No answer came in time. */
export class TimeoutError extends ConnectionError {
  override readonly name = "TimeoutError";
}

type ErrorClass = typeof ProgImageError;

const CLASSES_BY_CODE: Readonly<Record<string, ErrorClass>> = {
  route_not_found: ProgImageError, // a wrong base URL is not an image that does not exist
  unknown_format: ValidationError,
  too_large: TooLargeError,
  source_refused: SourceError,
  source_not_found: SourceError,
  source_unreachable: SourceError,
  does_not_fit: DoesNotFitError,
  key_reused: ConflictError,
  storage_error: UnavailableError,
};

/** Codes may come in later versions: their status tells what they are like. */
const CLASSES_BY_STATUS: Readonly<Record<number, ErrorClass>> = {
  400: ValidationError,
  401: AuthenticationError,
  403: PermissionError,
  404: NotFoundError,
  409: ConflictError,
  410: NotFoundError,
  412: PreconditionFailedError,
  429: RateLimitError,
  503: UnavailableError,
};

/** Those that mean the same from a proxy, which sends no problem document. */
const ANYWHERE: readonly ErrorClass[] = [AuthenticationError, PermissionError, RateLimitError];

/** Gives the error of a problem in the class that callers can tell it by. */
export function errorOf(problem: Problem, response: Response): ProgImageError {
  const { code } = problem;
  const byCode = Object.hasOwn(CLASSES_BY_CODE, code) ? CLASSES_BY_CODE[code] : undefined;
  const found = byCode ?? CLASSES_BY_STATUS[response.status] ?? ProgImageError;
  const isUnknown = code === "unexpected_answer" && !ANYWHERE.includes(found);
  return new (isUnknown ? ProgImageError : found)(problem, response);
}

/** Returns a value instead of a {@linkcode NotFoundError}. Throws every other error. */
export function orIfNotFound<T>(error: unknown, value: T): T {
  if (error instanceof NotFoundError) return value;
  throw error;
}
