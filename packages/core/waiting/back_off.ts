/** How the delays between attempts grow. */
export interface BackOff {
  /** The delay after the first failure, in milliseconds. */
  readonly first: number;
  /** The longest delay, in milliseconds. @default without limit */
  readonly longest?: number;
  /** The ratio of each delay to the one before. @default {2} */
  readonly factor?: number;
  /** The share of each delay that is left to chance, from 0 to 1, so that callers who failed together return apart. @default {0} */
  readonly jitter?: number;
}

/** Returns the milliseconds to wait after this many failures in a row: 0 after none. */
export function backOff(
  failures: number,
  { first, longest = Infinity, factor = 2, jitter = 0 }: BackOff,
): number {
  if (failures <= 0) return 0;
  return Math.min(longest, first * factor ** (failures - 1)) * (1 - jitter * Math.random());
}
