import { open } from "node:fs/promises";
import type { BlobContent } from "@progimage/core";
import { wholeContent } from "./whole_content.ts";

/** A file that is ready to be put into an archive. */
export interface ArchiveFile {
  readonly name: string;
  /** How many bytes it has: said before the first of them is sent. */
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Its bytes, once. @throws where they are not as many as were said */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Content that can be read to its end from now on, whatever removes it meanwhile. */
export interface OpenContent extends AsyncDisposable {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Smaller content is read as a whole before it is its turn. */
const MAX_BUFFERED_BYTES = 65_536;

const PIECE_BYTES = 65_536;

/** Opens content of so many bytes. @throws if it is gone */
export async function openContent(content: Uint8Array | BlobContent, bytes: number): Promise<OpenContent> {
  if (content instanceof Uint8Array) return buffered(content, bytes);
  if (content.size <= MAX_BUFFERED_BYTES) return buffered(await content.bytes(), bytes);
  const { name } = content as Blob & { readonly name?: string };
  return name === undefined ? await openStream(content, bytes) : await openFile(name, bytes);
}

function buffered(content: Uint8Array, bytes: number): OpenContent {
  return { chunks: wholeContent([content], bytes), [Symbol.asyncDispose]: async () => {} };
}

/**
 * Reads a file of Bun's into buffers of our own: what its stream gives is freed so late that memory grows with what is sent, by 100 MB
 * and more.
 */
async function openFile(path: string, bytes: number): Promise<OpenContent> {
  const file = await open(path);
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; at < bytes;) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, bytes - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }
  return { chunks: wholeContent(pieces(), bytes), [Symbol.asyncDispose]: () => file.close() };
}

/** What lies elsewhere is asked for at once. */
async function openStream(content: BlobContent, bytes: number): Promise<OpenContent> {
  const reader = content.stream().getReader();
  const first = await reader.read();
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    for (let read = first; !read.done; read = await reader.read()) yield read.value;
  }
  return {
    chunks: wholeContent(pieces(), bytes),
    [Symbol.asyncDispose]: () => reader.cancel().catch(() => {}),
  };
}
