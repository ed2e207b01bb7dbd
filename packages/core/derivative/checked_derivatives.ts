import type { Stats } from "node:fs";
import { LRUCache } from "lru-cache";

type FileState = Pick<Stats, "mtimeMs" | "size">;

const CAPACITY = 100_000;

/** Remembers the derivatives that this process has published or checked, and the state of their files. */
export class CheckedDerivatives {
  readonly #states = new LRUCache<string, FileState>({ max: CAPACITY });

  /** Returns whether the file of a derivative has not changed since it was checked. */
  has(key: string, { mtimeMs, size }: FileState): boolean {
    const seen = this.#states.get(key);
    return seen !== undefined && seen.size === size && seen.mtimeMs === mtimeMs;
  }

  set(key: string, { mtimeMs, size }: FileState): void {
    this.#states.set(key, { mtimeMs, size });
  }
}
