/** Whether a client prefers an asynchronous answer. @see https://www.rfc-editor.org/rfc/rfc7240#section-4.1 */
export function prefersAsync({ headers }: Request): boolean {
  const preferences = headers.get("prefer")?.split(",") ?? [];
  return preferences.some((preference) => /^\s*respond-async\s*(?:[;=]|$)/i.test(preference));
}
