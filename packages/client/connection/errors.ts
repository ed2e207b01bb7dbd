import type { Problem } from "../shapes.ts";
import type { ProblemCode } from "../problem_code.ts";
import { readRetryAfter } from "./retry_after.ts";

/** The base of all errors of the client, except those for a programmer's mistakes. */
export class ProgImageClientError extends Error {
  override readonly name: string = "ProgImageClientError";

  /** Returns the members to log: a plain error would be written as `{}`. */
  toJSON(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...Object.entries(this), ["message", this.message]]);
  }
}

/** A text is not an id, so no such image or job can exist. Nothing was sent. */
export class InvalidIdError extends ProgImageClientError {
  override readonly name = "InvalidIdError";
  readonly id: unknown;

  constructor(id: unknown, must = "a UUID") {
    super(`Cannot use ${JSON.stringify(id)?.slice(0, 64)} as an id: it must be ${must}`);
    this.id = id;
  }
}

/** A file on the disk cannot be read. Nothing of it was sent. */
export class FileError extends ProgImageClientError {
  override readonly name = "FileError";
  readonly path: string;
  /** The error code of the system, such as `ENOENT` for a file that does not exist, or `EISDIR` for a folder. */
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

/** ProgImage refused a request or failed to process it. The message is the problem's detail. */
export class ProgImageError extends ProgImageClientError {
  override readonly name: string = "ProgImageError";
  readonly status: number;
  /** A stable code for programs, such as `invalid_parameter`. */
  readonly code: ProblemCode;
  /** The problem document of the server. */
  readonly problem: Problem;
  /** The id of the request in the server's log. */
  readonly requestId: string | null;
  /** The response. Its body has been read. */
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

/** The request is malformed, or a value in it is wrong. */
export class ValidationError extends ProgImageError {
  override readonly name = "ValidationError";
  /** The wrong parameter, header or field. */
  readonly parameter = this.problem.parameter ?? null;
  /** The accepted values or names. */
  readonly known = this.problem.known ?? [];
  /** The value or name that was probably intended. */
  readonly suggestion = this.problem.suggestion ?? null;
}

/** The caller is not authenticated: a key or token is missing, wrong or has expired. */
export class AuthenticationError extends ProgImageError {
  override readonly name = "AuthenticationError";
}

/** The caller has no permission for this: its key lacks the scope, or the signature of the URL is not valid. */
export class PermissionError extends ProgImageError {
  override readonly name = "PermissionError";
}

/** The state does not allow the request, or its idempotency key belongs to another request. */
export class ConflictError extends ProgImageError {
  override readonly name = "ConflictError";
}

/** The caller sends too many requests, or asks for too much at the same time. */
export class RateLimitError extends ProgImageError {
  override readonly name = "RateLimitError";
  /** Seconds to wait before the next attempt, if the server or a proxy names them. */
  readonly retryAfter = this.problem.retryAfter ?? secondsOf(readRetryAfter(this.response.headers));
}

/**
 * The image, job, preset or transform does not exist, or not any more. For a deleted image that can be restored, `code` is `deleted` and
 * `problem.deletedAt` is the time of the deletion.
 */
export class NotFoundError extends ProgImageError {
  override readonly name = "NotFoundError";
}

/** There are more bytes than a limit allows; `problem.limit` is that limit. */
export class TooLargeError extends ProgImageError {
  override readonly name = "TooLargeError";
}

/**
 * The server did not get an image from its URL. The code is `source_refused` if it must not fetch from that URL, and `source_not_found`
 * if the URL has no image. It is `source_unreachable` if the bytes do not arrive.
 */
export class SourceError extends ProgImageError {
  override readonly name = "SourceError";
}

/** The result cannot be that small: `problem.smallest` is the least number of bytes. */
export class DoesNotFitError extends ProgImageError {
  override readonly name = "DoesNotFitError";
}

/** The image has changed since the state that `ifMatch` names. */
export class PreconditionFailedError extends ProgImageError {
  override readonly name = "PreconditionFailedError";
}

/** The server is busy, or a part of it or its storage does not work: another attempt may succeed. */
export class UnavailableError extends ProgImageError {
  override readonly name = "UnavailableError";
}

/** No response came, or it broke off. `cause` has the reason. */
export class ConnectionError extends ProgImageClientError {
  override readonly name: string = "ConnectionError";
}

/** No response came within the timeout. */
export class TimeoutError extends ConnectionError {
  override readonly name = "TimeoutError";
}

function secondsOf(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.ceil(milliseconds / 1000);
}

type ErrorClass = typeof ProgImageError;

const CLASSES_BY_CODE: Readonly<Record<string, ErrorClass>> = {
  route_not_found: ProgImageError, // a wrong base URL does not mean that an image does not exist
  unknown_format: ValidationError,
  too_large: TooLargeError,
  source_refused: SourceError,
  source_not_found: SourceError,
  source_unreachable: SourceError,
  does_not_fit: DoesNotFitError,
  key_reused: ConflictError,
  storage_error: UnavailableError,
};

/** Later versions may add codes: their status decides the class. */
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

/** Classes whose status means the same from a proxy, which sends no problem document. */
const ANYWHERE: readonly ErrorClass[] = [AuthenticationError, PermissionError, RateLimitError];

/** Returns the error of a problem, in the class that its code or status belongs to. */
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
