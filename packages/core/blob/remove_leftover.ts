import { rm } from "node:fs/promises";

/**
 * Removes a file that was needed until now, if that is possible. It never rejects, as what has been done with the file must not fail
 * by that: a file that cannot be removed is found by the sweep of its folder.
 */
export async function removeLeftover(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}
