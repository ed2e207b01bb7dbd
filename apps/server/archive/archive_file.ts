import { type BlobContent, ProgImageError } from "@progimage/core";

/** A file that is ready to be put into an archive. */
export interface ArchiveFile {
  readonly name: string;
  /** How many bytes it has: said before the first of them is sent. */
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Its bytes, once. @throws where they are not as many as were said */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Content whose first bytes are here: whatever removes it from now on, it can be read to its end. */
export interface OpenContent extends AsyncDisposable {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Larger ones stream. */
const MAX_BUFFERED_BYTES = 262_144;

/** Opens content of so many bytes. @throws if it is gone */
export async function openContent(content: Uint8Array | BlobContent, bytes: number): Promise<OpenContent> {
  if (content instanceof Uint8Array) return buffered(content, bytes);
  if (content.size <= MAX_BUFFERED_BYTES) return buffered(await content.bytes(), bytes);
  const reader = content.stream().getReader();
  const first = await reader.read();
  return {
    chunks: checked(rest(first, reader), bytes),
    [Symbol.asyncDispose]: () => reader.cancel().catch(() => {}),
  };
}

function buffered(content: Uint8Array, bytes: number): OpenContent {
  return { chunks: checked([content], bytes), [Symbol.asyncDispose]: async () => {} };
}

async function* rest(
  first: Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for (let read = first; !read.done; read = await reader.read()) yield read.value;
}

async function* checked(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: number,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes === expected) return;
  throw new ProgImageError(
    "unavailable",
    `Cannot send file as it must have ${expected} bytes: it has ${bytes}`,
  );
}
