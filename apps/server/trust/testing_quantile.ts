/** Returns the value below which a share of sorted values lies, or 0 of none. */
export function quantile(sorted: readonly number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return Math.round((sorted[index] ?? 0) * 10) / 10;
}
