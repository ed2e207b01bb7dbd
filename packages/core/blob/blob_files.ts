import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BlobEntry, entryKey, isBlobKey } from "./blob_store.ts";

/** Lists the blobs in 256 folders whose keys begin with two or more hexadecimal digits. With two digits, it lists foreign files too. */
export async function* listFiles(folder: string, beginning: string): AsyncIterable<BlobEntry> {
  const shard = beginning.slice(0, 2);
  for (const name of await readdir(join(folder, shard)).catch(ignoreMissing([]))) {
    if (beginning.length > 2 && !name.startsWith(beginning)) continue;
    const stats = await stat(join(folder, shard, name)).catch((error: unknown) => {
      // A foreign file can be anything, such as a link to itself.
      return isBlobKey(name) ? ignoreMissing(null)(error) : null;
    });
    const key = entryKey(shard, name);
    if (stats?.isFile()) yield { key, bytes: stats.size, publishedAt: stats.mtimeMs };
    else if (stats || !isBlobKey(key)) yield { key: `${shard}/${name}`, bytes: 0, publishedAt: Number.NaN };
  }
}

/** Returns whether an error means that a file or folder does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function ignoreMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return instead;
    throw error;
  };
}
