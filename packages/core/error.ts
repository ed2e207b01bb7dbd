/** The codes of all expected failures. They are stable: callers and problem documents rely on them. */
export type ErrorCode =
  | "invalid_request" // the request as a whole cannot be understood
  | "invalid_parameter" // one parameter is wrong; `details.parameter` names it
  | "unknown_parameter" // a name that is not known in this place; `details.known` lists those that are
  | "conflicting_parameters" // two that exclude each other, or one that is given twice
  | "field_after_file" // the fields of a file follow it, and there are several files
  | "unknown_transform"
  | "unknown_format"
  | "image_not_found"
  | "deleted" // a deleted image that can be restored; `details.deletedAt` says when it was deleted
  | "job_not_found"
  | "key_not_found"
  | "tenant_not_found"
  | "file_not_found" // a file of the exchange, or of a job, that no longer exists
  | "preset_not_found"
  | "quota_exceeded" // the owner has stored as many images or bytes as it may; `details.limit` is the limit
  | "too_many_jobs" // the limit of waiting jobs or images is reached
  | "key_reused" // an idempotency key that was used for another request
  | "precondition_failed" // If-Match no longer holds
  | "conflict" // the request does not fit the current state of its subject
  | "too_large" // more bytes than a limit allows
  | "too_many_pixels" // larger than a limit in pixels, sides or frames allows
  | "unsupported_media" // not an image, or an image format that is not supported
  | "broken_image" // an image whose bytes cannot be decoded
  | "source_refused" // a URL whose address clients must not reach through this server
  | "source_not_found" // a URL at which there is nothing
  | "source_unreachable" // a URL whose bytes do not arrive, or not completely
  | "does_not_fit" // above `maxBytes` at the lowest quality too; `details.smallest` is the fewest possible
  | "too_costly" // takes too much CPU time or memory, or has crashed its process twice
  | "too_slow" // the client sends below the minimum rate
  | "cancelled" // the client has disconnected
  | "busy" // try again later; `details.retryAfter` is the delay in seconds
  | "storage_full" // a disk is full; nothing was changed
  | "storage_error" // a disk failed; whether something was changed is unknown
  | "damaged" // stored bytes that are corrupt, truncated or missing; `details.sha256` names them
  | "feature_disabled" // this server is configured without the requested feature
  | "unavailable" // a required service is down at the moment
  | "plugin_failed"; // a transform plugin threw

/** Facts about an error that the client may see. */
export interface ErrorDetails {
  /** The parameter, header or field at fault. In JSON it is a path, such as `outputs/0/steps/2/width`. */
  readonly parameter?: string;
  /** The limit that was exceeded, in the unit of the message. */
  readonly limit?: number;
  /** The fewest bytes that any quality reached. */
  readonly smallest?: number;
  /** Seconds to wait before a retry. */
  readonly retryAfter?: number;
  /** When the image was deleted, and until when it can be restored, in ISO 8601. */
  readonly deletedAt?: string;
  readonly restorableUntil?: string;
  /** The SHA-256 of the stored bytes that are damaged. */
  readonly sha256?: string;
  /** The values that are accepted. */
  readonly known?: readonly string[];
  /** The value that the client probably meant. */
  readonly suggestion?: string;
}

/** Options for {@linkcode ProgImageError}. */
export interface ProgImageErrorOptions extends ErrorOptions {
  readonly details?: ErrorDetails;
}

/** An expected failure. Its message is public: it says what was tried, then what was found, and reveals no internals. */
export class ProgImageError extends Error {
  override readonly name = "ProgImageError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ProgImageErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Returns whether an error is an expected failure, not a defect. It compares names, to accept errors of a second copy of this package. */
export function isProgImageError(error: unknown): error is ProgImageError {
  return error instanceof Error && error.name === "ProgImageError";
}
