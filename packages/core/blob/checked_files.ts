import type { Stats } from "node:fs";
import { LRUCache } from "lru-cache";

/** A comparison of a file with the expected SHA-256 of its bytes. */
export interface FileCheck {
  readonly path: string;
  /** In 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A check that must pass before the bytes of a file are used. */
export interface DueCheck extends FileCheck {
  /** Records that the bytes are right, until the file changes. */
  readonly passed: () => void;
}

/** The state of a file when it was checked. */
type FileState = Pick<Stats, "ctimeMs" | "ino" | "mtimeMs" | "size">;

const CAPACITY = 100_000;

/** Remembers which files hold the expected bytes. A changed file needs a new check. */
export class CheckedFiles {
  readonly #states = new LRUCache<string, FileState>({ max: CAPACITY });

  /** Returns the check that a file needs in its present state, or `undefined` if it has passed one. */
  due(check: FileCheck, { ctimeMs, ino, mtimeMs, size }: FileState): DueCheck | undefined {
    const { path } = check;
    const seen = this.#states.get(path);
    const isSame =
      seen?.size === size && seen.mtimeMs === mtimeMs && seen.ctimeMs === ctimeMs && seen.ino === ino;
    if (isSame) return undefined;
    return { ...check, passed: () => void this.#states.set(path, { ctimeMs, ino, mtimeMs, size }) };
  }
}
