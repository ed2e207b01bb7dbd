import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { syncPath } from "./sync_path.ts";

/** Creates a folder and its missing parents. Once this resolves, their names survive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  for (const folder of holdersOf(path, first)) await syncPath(folder);
}

/** Does the same as {@linkcode makeFolder} synchronously. For startup, when no other task is waiting. */
export function makeFolderNow(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  for (const folder of holdersOf(path, first)) {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}

/**
 * Returns the parents of a folder and of each ancestor up to the first that was created. They hold the new names. The folder's own parent
 * is always included, because another process may have created the folder a moment ago.
 */
function holdersOf(path: string, first: string | undefined): readonly string[] {
  const top = first === undefined ? resolve(path) : resolve(first);
  const holders: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    holders.push(dirname(folder));
    if (folder === top || folder === dirname(folder)) return holders;
  }
}
