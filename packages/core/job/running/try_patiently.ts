import { type ErrorCode, isProgImageError } from "../../error.ts";
import { fromStorageError } from "../../storage_error.ts";
import { pause } from "../queue/pause.ts";

/** Either what came of some work, or why nothing did. */
export type Attempted<T> = { readonly value: T } | { readonly error: unknown };

/** How often work is tried when something fails that may go by. Waiting for a turn is no failure, however long it takes. */
const TRIES: Readonly<Partial<Record<ErrorCode, number>>> = {
  busy: Number.POSITIVE_INFINITY,
  unavailable: 6,
  storage_error: 6,
  source_unreachable: 3,
};

const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

/**
 * Does work, again after pauses while what fails may go by.
 *
 * @throws the reason of the signal, if it comes before the work has come out well
 */
export async function tryPatiently<T>(
  work: () => Promise<T>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Attempted<T>> {
  for (let tries = 1; ; tries++) {
    try {
      return { value: await work() };
    } catch (thrown) {
      // What fails while the process stops may fail because of that.
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

/** Longer each time, and never the same for all. */
function pauseAfter(tries: number): number {
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (tries - 1));
  return longest * (0.5 + Math.random() / 2);
}
