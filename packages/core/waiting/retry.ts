import { pause } from "./pause.ts";

/** Options for {@linkcode retry}. */
export interface RetryOptions {
  /**
   * Returns the milliseconds before the next attempt; `null` if the error is final. Takes the error and the number of attempts so far. May
   * throw an error that says more.
   */
  readonly delayAfter: (error: unknown, attempts: number) => number | null;
  /** Ends the retries when it aborts. Work in progress continues to its end. */
  readonly signal?: AbortSignal;
}

/**
 * Runs work, and repeats it after a delay for as long as its errors may pass.
 *
 * @throws the last error of the work, or the reason of the signal, if it aborts before the work has succeeded
 */
export async function retry<T>(work: () => T | Promise<T>, { delayAfter, signal }: RetryOptions): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await work();
    } catch (error) {
      // A failure after the signal may be caused by it.
      signal?.throwIfAborted();
      const delay = delayAfter(error, attempts);
      if (delay === null) throw error;
      await pause(delay, signal);
      signal?.throwIfAborted();
    }
  }
}
