/** Whether a path is one that load balancers probe. Its answer waits for no database, and is for strangers too. */
export function isProbe(path: string): boolean {
  return path === "/healthz" || path === "/readyz";
}
