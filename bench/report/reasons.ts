/** Why a result misses its mark, by the start of its name: kept by hand, so that writing the page anew does not lose it. */
export const REASONS: Readonly<Record<string, string>> = {};

/** Gives the reason for a result that missed its mark, if somebody has written it down. */
export function reasonFor(name: string, reasons = REASONS): string | undefined {
  return Object.entries(reasons).find(([start]) => name.startsWith(start))?.[1];
}
