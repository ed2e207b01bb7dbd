import { rm } from "node:fs/promises";

/**
 * Tries to remove a file that is no longer needed. Never rejects, because the work with the file must not fail by this. The sweep of the
 * folder removes what remains.
 */
export async function removeLeftover(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}
