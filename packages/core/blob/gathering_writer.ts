import { open, stat } from "node:fs/promises";
import type { FileSink } from "bun";
import { storageFull } from "../storage_error.ts";

/** The number of bytes to buffer before a file is created. Small images take one system call; slow uploads take little memory. */
const GATHERED_BYTES = 65_536;

/** Writes a new file from chunks: a small file with one system call, a large one chunk by chunk. */
export class GatheringWriter {
  readonly #path: string;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sink: FileSink | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds a chunk, which must not change afterwards. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < GATHERED_BYTES) return;
    this.#sink ??= Bun.file(this.#path).writer();
    const chunks = this.#chunks;
    this.#chunks = [];
    // Each write is awaited, although its type allows otherwise: an unhandled error of a full disk would end the process.
    for (const each of chunks) await this.#sink.write(each);
    await this.#sink.flush();
  }

  /** Writes the buffered bytes and passes all bytes to the system. They are not yet synced to the disk. */
  async end(): Promise<void> {
    if (!this.#sink) return await writeNew(this.#path, Buffer.concat(this.#chunks));
    await this.close();
    const { size } = await stat(this.#path);
    // A full disk can write only a part without an error.
    if (size !== this.#bytes) throw storageFull();
  }

  /** Closes the file early. Later calls have no effect. */
  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    await sink?.end();
  }
}

/** Writes a new file from chunks as they arrive. On failure, the incomplete file remains. */
export async function writeNewFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const writer = new GatheringWriter(path);
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.end();
  } catch (error) {
    await writer.close().catch(() => {}); // the first error is already known
    throw error;
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "wx");
  // A disk that becomes full writes only a part without an error; the next call gets the error.
  for (let written = 0; written < bytes.length;)
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
}
