import { type ErrorCode, isProgImageError } from "../../error.ts";
import { fromStorageError } from "../../storage_error.ts";
import { type BackOff, backOff } from "../../waiting/back_off.ts";
import { retry } from "../../waiting/retry.ts";

/** Either the result of some work, or its error. */
export type Attempted<T> = { readonly value: T } | { readonly error: unknown };

/** Attempts for each transient error. Waiting for a turn, however long, is not an error. */
const TRIES: Readonly<Partial<Record<ErrorCode, number>>> = {
  busy: Number.POSITIVE_INFINITY,
  unavailable: 6,
  storage_error: 6,
  source_unreachable: 3,
};

const BACK_OFF: BackOff = { first: 500, longest: 15_000, jitter: 0.5 };

/**
 * Runs work, and retries it after pauses while its errors are transient.
 *
 * @throws the reason of the signal, if it aborts before the work has succeeded
 */
export async function retryTransient<T>(
  work: () => Promise<T>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Attempted<T>> {
  try {
    return { value: await retry(work, { delayAfter, signal }) };
  } catch (error) {
    signal.throwIfAborted();
    return { error: fromStorageError(error) };
  }
}

function delayAfter(thrown: unknown, tries: number): number | null {
  const error = fromStorageError(thrown);
  const mayPass = isProgImageError(error) && tries < (TRIES[error.code] ?? 1);
  return mayPass ? backOff(tries, BACK_OFF) : null;
}
