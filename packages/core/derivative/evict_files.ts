import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Files looked at together. */
const AT_A_TIME = 64;

/** What {@linkcode evictFiles} found and did. */
export interface EvictedFiles {
  /** Bytes of all files that are left. */
  readonly left: number;
  /** Files that went. */
  readonly evicted: number;
}

/** How many bytes files may have together. */
export interface EvictFilesOptions {
  /** Nothing goes before there are more. */
  readonly capacity: number;
  /** Enough goes that the rest has no more. */
  readonly target: number;
}

/**
 * Removes those files of some folders that were longest unused, by their times of modification. Looks twice at every file
 * instead of remembering their names: a million of them take 16 MB.
 */
export async function evictFiles(
  folders: readonly string[],
  { capacity, target }: EvictFilesOptions,
): Promise<EvictedFiles> {
  const times: number[] = [];
  const sizes: number[] = [];
  for await (const { bytes, usedAt } of filesOf(folders)) {
    times.push(usedAt);
    sizes.push(bytes);
  }
  let left = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (left <= capacity) return { left, evicted: 0 };
  const lastToGo = timeOfLastToGo(times, sizes, left - target);
  let evicted = 0;
  for await (const { path, bytes, usedAt } of filesOf(folders)) {
    if (left <= target) break;
    if (usedAt > lastToGo) continue;
    await rm(path, { force: true });
    left -= bytes;
    evicted++;
  }
  return { left, evicted };
}

/** Gives the latest use of those files that must go to free so many bytes. */
function timeOfLastToGo(times: readonly number[], sizes: readonly number[], surplus: number): number {
  const order = Uint32Array.from(times.keys()).sort((one, other) => (times[one] ?? 0) - (times[other] ?? 0));
  let freed = 0;
  for (const index of order) {
    freed += sizes[index] ?? 0;
    if (freed >= surplus) return times[index] ?? 0;
  }
  return Number.POSITIVE_INFINITY;
}

async function* filesOf(
  folders: readonly string[],
): AsyncGenerator<{ readonly path: string; readonly bytes: number; readonly usedAt: number }> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (let start = 0; start < names.length; start += AT_A_TIME) {
      const paths = names.slice(start, start + AT_A_TIME).map((name) => join(folder, name));
      const looks = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
      for (const [index, stats] of looks.entries())
        if (stats) yield { path: paths[index] ?? "", bytes: stats.size, usedAt: stats.mtimeMs };
    }
  }
}
