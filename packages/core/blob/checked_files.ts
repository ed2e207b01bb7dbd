import type { Stats } from "node:fs";
import { LRUCache } from "lru-cache";

/** A comparison of a file with the SHA-256 of the bytes that it must hold. */
export interface FileCheck {
  readonly path: string;
  /** In 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A check that is due before the bytes of a file are used. */
export interface DueCheck extends FileCheck {
  /** Remembers that the bytes were right, for as long as the file stays as it was. */
  readonly passed: () => void;
}

/** How a file was when it was checked. */
type FileState = Pick<Stats, "ctimeMs" | "ino" | "mtimeMs" | "size">;

const CAPACITY = 100_000;

/** Remembers which files hold the bytes that they must hold. Any change of a file makes a new check due. */
export class CheckedFiles {
  readonly #states = new LRUCache<string, FileState>({ max: CAPACITY });

  /** Returns the check that a file needs as it is now, or `undefined` if it has passed one. */
  due(check: FileCheck, { ctimeMs, ino, mtimeMs, size }: FileState): DueCheck | undefined {
    const { path } = check;
    const seen = this.#states.get(path);
    const isSame =
      seen?.size === size && seen.mtimeMs === mtimeMs && seen.ctimeMs === ctimeMs && seen.ino === ino;
    if (isSame) return undefined;
    return { ...check, passed: () => void this.#states.set(path, { ctimeMs, ino, mtimeMs, size }) };
  }
}
