import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** The number of files examined concurrently. */
const AT_A_TIME = 64;

/** The result of {@linkcode evictFiles}. */
export interface EvictedFiles {
  /** The total size of the remaining files, in bytes. */
  readonly left: number;
  /** The number of evicted files. */
  readonly evicted: number;
}

/** Limits on the total size of the files, in bytes. */
export interface EvictFilesOptions {
  /** Eviction starts only above this size. */
  readonly capacity: number;
  /** Eviction ends at or below this size. */
  readonly target: number;
}

/**
 * Removes the least recently used files of some folders, by modification time. Reads the state of every file twice instead of keeping all
 * names in memory: a million files take 16 MB.
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

/** Returns the latest modification time among the oldest files that must be removed to free this many bytes. */
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
