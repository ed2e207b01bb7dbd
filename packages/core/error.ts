/** Every way in which ProgImage refuses or fails. Stable: callers and problem documents rely on these words. */
export type ErrorCode =
  | "invalid_request" // the request as a whole cannot be understood
  | "invalid_parameter" // one parameter is wrong; `details.parameter` names it
  | "unknown_parameter" // a name that has no meaning where it stands; `details.known` lists those that have
  | "conflicting_parameters" // two that exclude each other, or one that is there twice
  | "field_after_file" // what was said of a file came behind it, and it is not the only one
  | "unknown_transform"
  | "unknown_format"
  | "image_not_found"
  | "deleted" // an image that is deleted and can be restored; `details.deletedAt` says since when
  | "job_not_found"
  | "file_not_found" // a file of the exchange, or of a job, that is not there any more
  | "preset_not_found"
  | "too_many_jobs" // as many jobs or images wait as a limit allows
  | "key_reused" // an idempotency key that stands for another request
  | "precondition_failed" // If-Match no longer holds
  | "conflict" // what is asked does not go with the state that something is in
  | "too_large" // more bytes than a limit allows
  | "too_many_pixels" // larger than a limit in pixels, sides or frames allows
  | "unsupported_media" // not an image, or a kind of image we do not read
  | "broken_image" // an image whose bytes cannot be decoded
  | "source_refused" // a URL that leads where strangers may not send us
  | "source_not_found" // a URL that leads to nothing
  | "source_unreachable" // a URL whose bytes do not come, or not completely
  | "does_not_fit" // more bytes than wished, at the lowest quality too; `details.smallest` says how few there can be
  | "too_costly" // takes too much CPU time or memory, or has crashed its process twice
  | "too_slow" // the client sends slower than it must
  | "cancelled" // whoever asked has left
  | "busy" // try again later; `details.retryAfter` says when, in seconds
  | "storage_full" // no room on a disk; nothing was changed
  | "storage_error" // a disk does not do its work; whether something was changed is not known
  | "damaged" // stored bytes that rotted, were cut or lost; `details.sha256` names them
  | "feature_disabled" // this server is set up without what is asked for
  | "unavailable" // a part that we need does not work at the moment
  | "plugin_failed"; // a transform plugin threw

/** Facts about an error which its reader may see. */
export interface ErrorDetails {
  /** The parameter, header or field at fault; within JSON its path, such as `outputs/0/steps/2/width`. */
  readonly parameter?: string;
  /** The limit that was passed, in the unit of the message. */
  readonly limit?: number;
  /** The fewest bytes that were reached. */
  readonly smallest?: number;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** When the image was deleted, and until when it can be restored, in ISO 8601. */
  readonly deletedAt?: string;
  readonly restorableUntil?: string;
  /** The SHA-256 of the stored bytes that are damaged. */
  readonly sha256?: string;
  /** What would have been understood. */
  readonly known?: readonly string[];
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** Options for {@linkcode ProgImageError}. */
export interface ProgImageErrorOptions extends ErrorOptions {
  readonly details?: ErrorDetails;
}

/** An expected failure. Its message is public: it says what was tried, then what was found, and leaks nothing. */
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

/** Tells an expected failure from a defect. By name, so that errors of a second copy of this package count as well. */
export function isProgImageError(error: unknown): error is ProgImageError {
  return error instanceof Error && error.name === "ProgImageError";
}
