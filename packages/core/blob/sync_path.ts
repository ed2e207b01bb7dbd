import { open } from "node:fs/promises";

/** Syncs the bytes of a file, or the names in a folder, to disk, so that they survive a power cut. */
export async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}
