import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The bytes that are held at the same time. */
const WINDOW_BYTES = 65_536;

/**
 * Reads single numbers of a file, from its beginning to its end, without holding it in memory. Blocks, so it must not be used in a process
 * that serves HTTP.
 */
export class WindowedFile implements Disposable {
  readonly length: number;
  readonly #file: number;
  readonly #window: Buffer;
  #from = 0;
  #to = 0;

  constructor(path: string) {
    this.#file = openSync(path, "r");
    this.length = fstatSync(this.#file).size;
    this.#window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, this.length));
  }

  /** Returns a byte. Throws a `RangeError` if the file ends before it. */
  byte(at: number): number {
    if (at < this.#from || at >= this.#to) this.#move(at);
    return this.#window[at - this.#from] as number;
  }

  /** Returns two bytes as a number, whose lower byte comes first. */
  uint16(at: number): number {
    return this.byte(at) | (this.byte(at + 1) << 8);
  }

  /** Fills a buffer with the bytes from a position on. */
  copy(into: Buffer, at: number): void {
    for (let done = 0; done < into.length;) {
      const read = readSync(this.#file, into, done, into.length - done, at + done);
      if (read === 0) throw new RangeError(`Cannot read byte ${at + done} as the file ends before it`);
      done += read;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #move(at: number): void {
    const read = readSync(this.#file, this.#window, 0, this.#window.length, at);
    if (read === 0) throw new RangeError(`Cannot read byte ${at} as the file ends before it`);
    this.#from = at;
    this.#to = at + read;
  }
}
