import { setTimeout } from "node:timers/promises";

/** The longest time of a timer, in milliseconds: about 24 days. A longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Waits for a number of milliseconds, or until the signal aborts. It resolves in both cases. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const delay = Math.min(LONGEST_TIMER, Math.max(0, milliseconds));
  await setTimeout(delay, undefined, { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
