import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BlobEntry } from "./blob_store.ts";

/** Lists the files of one level of 256 folders whose names begin with two or more hexadecimal digits. */
export async function* listFiles(folder: string, beginning: string): AsyncIterable<BlobEntry> {
  const shard = join(folder, beginning.slice(0, 2));
  for (const key of await readdir(shard).catch(ignoreMissing([]))) {
    // With two digits, files of others are listed too.
    if (beginning.length > 2 && !key.startsWith(beginning)) continue;
    const stats = await stat(join(shard, key)).catch(ignoreMissing(null));
    if (stats) yield { key, bytes: stats.size, publishedAt: stats.mtimeMs };
  }
}

/** Whether an error says that a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function ignoreMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return instead;
    throw error;
  };
}
