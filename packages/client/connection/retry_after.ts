/** Returns milliseconds from the header's seconds or date; `null` without it. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function readRetryAfter(headers: Headers): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds);
}
