import { setTimeout } from "node:timers/promises";
import type { DerivativeCache, ForgetOptions } from "../../derivative/derivative_cache.ts";
import type { Ports } from "../../ports.ts";

/** Options for verbs that free what was rendered. */
export interface ForgetDerivativesOptions {
  /**
   * Milliseconds that files stay. Every process has to hear of the change, which takes a second, and whoever has found a file until
   * then has to open it. @default {2_000}
   */
  readonly grace?: number;
}

/** What a verb that frees what was rendered leaves to be done after it has taken effect. */
export interface Freeing {
  /** Resolves when the files are gone, as far as they could be removed. */
  readonly freed: Promise<void>;
}

/**
 * Frees what was rendered of sources that nobody will ask for again, after a grace. Whatever cannot be removed then is no failure:
 * nobody finds it, and it goes when room is made or when storage is swept.
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
    // Found later.
  }
}

/** What was rendered before a generation began. The times of files are finer: those of its first millisecond are from before. */
export function olderThan(generation: number): ForgetOptions {
  return { unusedSince: generation + 1 };
}
