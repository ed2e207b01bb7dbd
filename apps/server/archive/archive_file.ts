import { open } from "node:fs/promises";
import type { BlobContent } from "@progimage/core";
import { wholeContent } from "./whole_content.ts";

/** A file that is ready for an archive. */
export interface ArchiveFile {
  readonly name: string;
  /** The number of bytes, announced before the first one is sent. */
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** The bytes, readable once. @throws if their number differs from `bytes` */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Content that can be read to its end, even if it is removed meanwhile. */
export interface OpenContent extends AsyncDisposable {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Smaller content is read into memory before its turn. */
const MAX_BUFFERED_BYTES = 65_536;

const PIECE_BYTES = 65_536;

/** Opens content of `bytes` bytes. @throws if it is gone */
export async function openContent(content: Uint8Array | BlobContent, bytes: number): Promise<OpenContent> {
  if (content instanceof Uint8Array) return buffered(content, bytes);
  if (content.size <= MAX_BUFFERED_BYTES) return buffered(await content.bytes(), bytes);
  const { name } = content as Blob & { readonly name?: string };
  return name === undefined ? await openStream(content, bytes) : await openFile(name, bytes);
}

function buffered(content: Uint8Array, bytes: number): OpenContent {
  return { chunks: wholeContent([content], bytes), [Symbol.asyncDispose]: async () => {} };
}

/** Reads a file of Bun's into our own buffers. Bun frees the chunks of its stream so late that memory would grow by 100 MB and more. */
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

/** Remote content is requested immediately. */
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
