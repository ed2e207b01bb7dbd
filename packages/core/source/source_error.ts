import { type ErrorCode, isProgImageError, ProgImageError } from "../error.ts";

/**
 * The error for a place where no stranger may send us. Says which rule it breaks and never what a name stands for.
 *
 * @param place The host as the caller wrote it, or words for where it redirects to
 */
export function sourceRefused(place: string, rule: string): ProgImageError {
  return new ProgImageError("source_refused", `Cannot fetch from ${place} as ${rule}`);
}

/** The error for a place that does not give its bytes. What it was in detail stays in the cause, for it may hold addresses. */
export function sourceUnreachable(place: string, reason: string, cause?: unknown): ProgImageError {
  return new ProgImageError("source_unreachable", `Cannot fetch from ${place} as ${reason}`, { cause });
}

/** The error for more bytes than are taken. */
export function sourceTooLarge(place: string, limit: number): ProgImageError {
  return new ProgImageError(
    "too_large",
    `Cannot fetch from ${place} as an image must be at most ${limit} bytes: it has more`,
    { details: { limit } },
  );
}

/** Failures on our side, independent of the URL. */
const NOT_OF_THE_URL: ReadonlySet<ErrorCode> = new Set([
  "busy",
  "cancelled",
  "storage_error",
  "storage_full",
]);

/** Adds the parameter that held the URL to an error that the URL is to blame for. */
export function blameParameter(error: unknown, parameter: string | undefined): unknown {
  if (parameter === undefined || !isProgImageError(error)) return error;
  if (NOT_OF_THE_URL.has(error.code)) return error;
  const { code, message, cause, details } = error;
  return new ProgImageError(code, message, { cause, details: { ...details, parameter } });
}
