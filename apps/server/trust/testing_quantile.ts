/** Returns a quantile of sorted values, or 0 if there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return Math.round((sorted[index] ?? 0) * 10) / 10;
}
