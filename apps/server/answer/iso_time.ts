/** Returns a time in milliseconds since 1970 as the API shows it; `null` if there is none. */
export function isoTime(time: number | null | undefined): string | null {
  return typeof time === "number" ? new Date(time).toISOString() : null;
}
