import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "../error.ts";

/** Bytes that came in completely, hashed and safe on disk, but not published. */
export interface SpooledFile extends AsyncDisposable {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Options for {@linkcode Spool}. */
export interface SpoolOptions {
  /** How many bytes may be here at a time. */
  readonly capacity: number;
}

/** Options for {@linkcode Spool.receive}. */
export interface ReceiveOptions {
  /** How many bytes are accepted. */
  readonly limit: number;
  /** Hears how many bytes have come so far, and may throw to stop. */
  readonly onProgress?: (bytes: number) => void;
}

/** A folder for bytes on their way in. What a crash leaves in it is swept later. */
export class Spool {
  readonly #folder: string;
  readonly #capacity: number;
  #held = 0;

  constructor(folder: string, options: SpoolOptions) {
    this.#folder = folder;
    this.#capacity = options.capacity;
  }

  /** Makes the folder. */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
  }

  /** Gives a path in this folder that nothing else has or will have. */
  newPath(): string {
    return join(this.#folder, crypto.randomUUID());
  }

  /**
   * Writes a stream to disk while it is hashed and counted. Memory stays flat: each chunk is on its way to the disk before
   * the next is asked for. Leaves nothing behind when it fails.
   *
   * @throws {ProgImageError} `too_large` beyond the limit, `busy` while the folder is full
   */
  async receive(source: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<SpooledFile> {
    const path = this.newPath();
    const hasher = new Bun.CryptoHasher("sha256");
    let bytes = 0;
    const dispose = async () => {
      this.#held -= bytes;
      bytes = 0;
      await rm(path, { force: true });
    };
    try {
      const writer = Bun.file(path).writer();
      try {
        for await (const chunk of source) {
          bytes += chunk.length;
          this.#held += chunk.length;
          this.#check(bytes, options.limit);
          options.onProgress?.(bytes);
          hasher.update(chunk);
          writer.write(chunk);
          // Awaited, or memory grows with the file and a full disk goes unnoticed.
          await writer.flush();
        }
      } finally {
        await writer.end();
      }
      await syncFile(path, bytes);
    } catch (error) {
      await dispose();
      throw error;
    }
    return { path, bytes, sha256: hasher.digest("hex"), [Symbol.asyncDispose]: dispose };
  }

  /** Removes what nobody has written to since a time in milliseconds since 1970. Gives how many files. */
  async sweep(untouchedSince: number): Promise<number> {
    let swept = 0;
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const stats = await stat(path).catch(() => null);
      if (!stats?.isFile() || stats.mtimeMs >= untouchedSince) continue;
      await rm(path, { force: true });
      swept++;
    }
    return swept;
  }

  #check(bytes: number, limit: number): void {
    if (bytes > limit) {
      throw new ProgImageError(
        "too_large",
        `Cannot store image as it must be at most ${limit} bytes: it has more`,
        {
          details: { limit },
        },
      );
    }
    if (this.#held > this.#capacity) {
      throw new ProgImageError(
        "busy",
        "Cannot store image as too many bytes are on their way in: try again",
        {
          details: { retryAfter: 5 },
        },
      );
    }
  }
}

/** Makes a file survive a power cut, and makes sure that all of it was written: a full disk takes a part without an error. */
async function syncFile(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
    const { size } = await file.stat();
    if (size !== bytes) throw new Error(`Cannot write to the spool: the disk took ${size} of ${bytes} bytes`);
  } finally {
    await file.close();
  }
}
