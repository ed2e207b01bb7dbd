import { setTimeout } from "node:timers/promises";
import type { DerivativeCache, ForgetOptions } from "../../derivative/derivative_cache.ts";
import type { Ports } from "../../ports.ts";

/** Options for verbs that remove derivatives. */
export interface ForgetDerivativesOptions {
  /**
   * Milliseconds for which files remain. Within that time all processes learn of the change, which takes a second, and readers open the
   * files that they have found. @default {2_000}
   */
  readonly grace?: number;
}

/** Work of a verb that continues after it has taken effect. */
export interface Freeing {
  /** Resolves when the files are removed, as far as possible. */
  readonly freed: Promise<void>;
}

/**
 * Removes derivatives of sources that no request will use again, after a grace. A failure is not an error: no request finds the remaining
 * files, and eviction or the sweep removes them.
 */
export async function forgetDerivatives(
  { derivatives }: Pick<Ports, "derivatives">,
  forget: (derivatives: DerivativeCache) => Promise<unknown>,
  { grace = 2_000 }: ForgetDerivativesOptions = {},
): Promise<void> {
  try {
    await setTimeout(grace, undefined, { ref: false });
    await forget(derivatives);
  } catch {
    // Removed later.
  }
}

/**
 * Returns the options that select derivatives from before a generation. As file times are finer than a generation's milliseconds, files of
 * its first millisecond are included.
 */
export function olderThan(generation: number): ForgetOptions {
  return { unusedSince: generation + 1 };
}
