import { open, stat } from "node:fs/promises";
import type { FileSink } from "bun";
import { storageFull } from "../storage_error.ts";

/** What is gathered before a file is made. A small image takes one call of the system; many slow uploads still take little memory. */
const GATHERED_BYTES = 65_536;

/** Writes a new file from chunks: a small one by one call of the system, of a large one each chunk as it comes. */
export class GatheringWriter {
  readonly #path: string;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sink: FileSink | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes a chunk, which must not change any more. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < GATHERED_BYTES) return;
    this.#sink ??= Bun.file(this.#path).writer();
    const chunks = this.#chunks;
    this.#chunks = [];
    // Each is awaited, whatever its type says: what a full disk refuses would end the process.
    for (const each of chunks) await this.#sink.write(each);
    await this.#sink.flush();
  }

  /** Writes what is left, and makes sure that the system has all bytes, though not yet the disk. */
  async end(): Promise<void> {
    if (!this.#sink) return await writeNew(this.#path, Buffer.concat(this.#chunks));
    await this.close();
    const { size } = await stat(this.#path);
    // A full disk takes a part without an error.
    if (size !== this.#bytes) throw storageFull();
  }

  /** Gives the file up. More than once does no harm. */
  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    await sink?.end();
  }
}

/** Writes a new file from chunks as they come. What there is of it when that fails is left. */
export async function writeNewFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const writer = new GatheringWriter(path);
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.end();
  } catch (error) {
    await writer.close().catch(() => {}); // what is wrong with it is known already
    throw error;
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "wx");
  // A disk that becomes full takes a part without an error: only the next call has it.
  for (let written = 0; written < bytes.length;)
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
}
