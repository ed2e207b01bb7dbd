import { type ErrorCode, isProgImageError } from "../../error.ts";
import { fromStorageError } from "../../storage_error.ts";
import { pause } from "../queue/pause.ts";

/** Either the result of some work, or its error. */
export type Attempted<T> = { readonly value: T } | { readonly error: unknown };

/** Attempts for each transient error. Waiting for a turn, however long, is not an error. */
const TRIES: Readonly<Partial<Record<ErrorCode, number>>> = {
  busy: Number.POSITIVE_INFINITY,
  unavailable: 6,
  storage_error: 6,
  source_unreachable: 3,
};

const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

/**
 * Runs work, and retries it after pauses while its errors are transient.
 *
 * @throws the reason of the signal, if it aborts before the work has succeeded
 */
export async function retryTransient<T>(
  work: () => Promise<T>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Attempted<T>> {
  for (let tries = 1; ; tries++) {
    try {
      return { value: await work() };
    } catch (thrown) {
      // A failure while the process stops may be caused by the stop.
      signal.throwIfAborted();
      const error = fromStorageError(thrown);
      if (!mayGoBy(error, tries)) return { error };
    }
    await pause(pauseAfter(tries), signal);
    signal.throwIfAborted();
  }
}

function mayGoBy(error: unknown, tries: number): boolean {
  return isProgImageError(error) && tries < (TRIES[error.code] ?? 1);
}

/** Exponential back-off with jitter, in milliseconds. */
function pauseAfter(tries: number): number {
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (tries - 1));
  return longest * (0.5 + Math.random() / 2);
}
