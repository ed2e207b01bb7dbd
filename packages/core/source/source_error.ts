import { type ErrorCode, isProgImageError, ProgImageError } from "../error.ts";

/**
 * Returns the error for a host that untrusted clients may not reach. It names the broken rule but never the addresses of the host.
 *
 * @param place The host as the caller wrote it, or a description of a redirect target
 */
export function sourceRefused(place: string, rule: string): ProgImageError {
  return new ProgImageError("source_refused", `Cannot fetch from ${place} as ${rule}`);
}

/** Returns the error for a host that does not deliver its bytes. The details are only in the cause, because they may contain addresses. */
export function sourceUnreachable(place: string, reason: string, cause?: unknown): ProgImageError {
  return new ProgImageError("source_unreachable", `Cannot fetch from ${place} as ${reason}`, { cause });
}

/** Returns the error for a response that is too large. */
export function sourceTooLarge(place: string, limit: number): ProgImageError {
  return new ProgImageError(
    "too_large",
    `Cannot fetch from ${place} as an image must be at most ${limit} bytes: it has more`,
    { details: { limit } },
  );
}

/** Codes of failures on our side, independent of the URL. */
const NOT_OF_THE_URL: ReadonlySet<ErrorCode> = new Set([
  "busy",
  "cancelled",
  "storage_error",
  "storage_full",
]);

/** Adds the parameter that held the URL to an error that the URL has caused. */
export function blameParameter(error: unknown, parameter: string | undefined): unknown {
  if (parameter === undefined || !isProgImageError(error)) return error;
  if (NOT_OF_THE_URL.has(error.code)) return error;
  const { code, message, cause, details } = error;
  return new ProgImageError(code, message, { cause, details: { ...details, parameter } });
}
