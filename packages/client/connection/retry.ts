import { ConnectionError, ProgImageError, TimeoutError } from "./errors.ts";
import { PASSING_STATUSES } from "./problem.ts";
import { readRetryAfter } from "./retry_after.ts";

/** When a request is sent again. */
export interface RetryOptions {
  /** The number of retries; 0 turns them off. @default {2} */
  readonly limit?: number;
  /** The longest delay in milliseconds if there is no `Retry-After`. @default {5000} */
  readonly maxDelay?: number;
}

/** An attempt that has failed. */
export interface FailedTry {
  readonly error: unknown;
  /** The number of attempts before this one. */
  readonly before: number;
  /** The longest delay in milliseconds that is accepted from `Retry-After`. */
  readonly longestWait: number;
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;

/** Fills in the defaults. A number is the limit. */
export function readRetryOptions(options: number | RetryOptions = {}): Required<RetryOptions> {
  const { limit = 2, maxDelay = LONGEST_DELAY } = typeof options === "number" ? { limit: options } : options;
  return { limit, maxDelay };
}

/** Returns the milliseconds until the next attempt, or `null` for no retry. */
export function retryDelay(
  { error, before, longestWait }: FailedTry,
  { limit, maxDelay }: Required<RetryOptions>,
): number | null {
  if (before >= limit || !isPassing(error) || error instanceof TimeoutError) return null;
  const asked = error instanceof ProgImageError ? readRetryAfter(error.response.headers) : null;
  if (asked !== null) return asked <= longestWait ? asked : null;
  return backOff(before, maxDelay);
}

/** Returns the milliseconds until the next attempt: they double with each attempt before, and up to half is left to chance. */
export function backOff(before: number, longest = LONGEST_DELAY): number {
  return Math.min(longest, FIRST_DELAY * 2 ** before) * (1 - Math.random() / 2);
}

/** Whether another attempt may succeed, by the server's word or else by the status. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ProgImageError)) return error instanceof ConnectionError;
  const { status } = error.response;
  return error.problem.retryable && (status >= 500 || PASSING_STATUSES.includes(status));
}

/** Waits. Throws the signal's reason as soon as it is aborted. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener("abort", finish);
    if (signal?.aborted) finish();
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
