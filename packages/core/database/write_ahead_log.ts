import { closeSync, fdatasync, fsync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { ProgImageError } from "../error.ts";

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

/** The log of an SQLite database, where each commit is before it is in the database itself. It stays as long as somebody has it open. */
export class WriteAheadLog implements Disposable {
  readonly #path: string | null;
  #file: number | null = null;

  /** @param database The path of the database; `:memory:` has no log */
  constructor(database: string) {
    this.#path = database === ":memory:" ? null : `${database}-wal`;
  }

  /**
   * Makes every commit up to now survive a power cut, without holding anything up.
   *
   * @throws {ProgImageError} `unavailable` when it cannot tell whether they would
   */
  async sync(): Promise<void> {
    if (this.#path === null) return;
    try {
      this.#file ??= await this.#open(this.#path);
      await syncData(this.#file);
    } catch (error) {
      const message = "Cannot make sure that what was written survives: the disk failed";
      throw new ProgImageError("unavailable", message, { cause: error });
    }
  }

  /** Opens the log, once its name in its folder survives as well: whoever makes it does not sync that before the first checkpoint. */
  async #open(path: string): Promise<number> {
    const folder = openSync(dirname(path), "r");
    try {
      await syncAll(folder);
    } finally {
      closeSync(folder);
    }
    return openSync(path, "r");
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
