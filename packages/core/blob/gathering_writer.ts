import { type FileHandle, open } from "node:fs/promises";

/** What is gathered before it is written. A small image takes one call of the system; many slow uploads still take little memory. */
const GATHERED_BYTES = 65_536;

/** Writes a new file from many chunks by few calls of the system. */
export class GatheringWriter {
  readonly #path: string;
  #file: FileHandle | null = null;
  #chunks: Uint8Array[] = [];
  #gathered = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes a chunk, which must not change any more. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#gathered += chunk.length;
    if (this.#gathered >= GATHERED_BYTES) await this.#flush();
  }

  /** Writes what is left. The system has all bytes then, though not yet the disk. */
  async end(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.close();
    }
  }

  /** Gives the file up. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #flush(): Promise<void> {
    this.#file ??= await open(this.#path, "wx");
    const [first] = this.#chunks;
    const bytes = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#gathered = 0;
    // A disk that becomes full takes a part without an error: the next call has it.
    for (let written = 0; written < bytes.length;)
      written += (await this.#file.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}
