import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { syncPath } from "./sync_path.ts";

/** Makes a folder, and those above it that are missing. When this resolves their names survive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  for (const folder of holdersOf(path, first)) await syncPath(folder);
}

/** Does what {@linkcode makeFolder} does before it returns. For the start, when nothing else has to go on. */
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
 * Returns the folders that hold the names of a folder and of those above it, up to the first that was made. Its own is always among
 * them: another process may have made it a moment ago.
 */
function holdersOf(path: string, first: string | undefined): readonly string[] {
  const top = first === undefined ? resolve(path) : resolve(first);
  const holders: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    holders.push(dirname(folder));
    if (folder === top || folder === dirname(folder)) return holders;
  }
}
