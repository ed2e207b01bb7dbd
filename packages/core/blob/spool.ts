import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "../error.ts";
import { fromStorageError } from "../storage_error.ts";
import { ByteBudget } from "./byte_budget.ts";
import { GatheringWriter } from "./gathering_writer.ts";
import { makeFolder } from "./make_folder.ts";
import { removeLeftover } from "./remove_leftover.ts";

/**
 * Bytes that arrived completely and were hashed but not yet published. They need not survive a crash. Disposing of them removes their file
 * and never fails.
 */
export interface SpooledFile extends AsyncDisposable {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Options for {@linkcode Spool}. */
export interface SpoolOptions {
  /** The number of bytes held at a time, or a budget shared with other folders. */
  readonly capacity: number | ByteBudget;
}

/** Options for {@linkcode Spool.receive}. */
export interface ReceiveOptions {
  /** The maximum number of bytes. */
  readonly limit: number;
  /** Receives the number of bytes so far. It may throw to stop. */
  readonly onProgress?: (bytes: number) => void;
}

/** A folder for incoming bytes. The remains of a crash are swept later. */
export class Spool {
  readonly #folder: string;
  readonly #budget: ByteBudget;

  constructor(folder: string, { capacity }: SpoolOptions) {
    this.#folder = folder;
    this.#budget = typeof capacity === "number" ? new ByteBudget(capacity) : capacity;
  }

  /** Creates the folder. */
  async prepare(): Promise<void> {
    await makeFolder(this.#folder);
  }

  /** Returns a path in this folder that is never used twice. */
  newPath(): string {
    return join(this.#folder, crypto.randomUUID());
  }

  /**
   * Writes a stream to disk while hashing and counting it. Memory does not grow: each chunk is passed to the disk before the next is
   * requested. Leaves no file behind on failure.
   *
   * @throws {ProgImageError} `too_large` beyond the limit, `busy` while the folder is full, `storage_full` while the disk is full,
   * `storage_error` if the disk fails
   */
  async receive(source: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<SpooledFile> {
    const path = this.newPath();
    const hasher = new Bun.CryptoHasher("sha256");
    let bytes = 0;
    const dispose = async () => {
      this.#budget.give(bytes);
      bytes = 0;
      await removeLeftover(path);
    };
    const writer = new GatheringWriter(path);
    try {
      for await (const chunk of source) {
        bytes += chunk.length;
        this.#budget.take(chunk.length);
        checkBytes(bytes, options.limit);
        options.onProgress?.(bytes);
        hasher.update(chunk);
        await writer.write(chunk);
      }
      await writer.end();
    } catch (error) {
      await writer.close().catch(() => {}); // the first error is already known
      await dispose();
      throw fromStorageError(error, { isMissingFault: true });
    }
    return { path, bytes, sha256: hasher.digest("hex"), [Symbol.asyncDispose]: dispose };
  }

  /** Hashes a file that was written to a path of this folder. */
  async adopt(path: string): Promise<SpooledFile> {
    const hasher = new Bun.CryptoHasher("sha256");
    let bytes = 0;
    for await (const chunk of Bun.file(path).stream()) {
      hasher.update(chunk);
      bytes += chunk.length;
    }
    const dispose = () => removeLeftover(path);
    return { path, bytes, sha256: hasher.digest("hex"), [Symbol.asyncDispose]: dispose };
  }

  /** Removes files not written to since a time in milliseconds since 1970. Returns how many. */
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
}

function checkBytes(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  const message = `Cannot receive image as it must be at most ${limit} bytes: it has more`;
  throw new ProgImageError("too_large", message, { details: { limit } });
}
