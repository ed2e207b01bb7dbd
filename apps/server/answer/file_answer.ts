import { mediaTypeOf, type OutputFormat, type RenderedFile } from "@progimage/core";
import { PICTURE_PAGE_HEADERS } from "./page_headers.ts";

/** Up to this size a result is read into memory; larger results stream from their file. */
const MAX_BUFFERED_BYTES = 1_048_576;

/** Returns the answer with a result that is not stored. Removes its file after sending it, or when the client leaves. */
export async function fileAnswer(file: RenderedFile, format: OutputFormat): Promise<Response> {
  const headers = {
    "content-type": mediaTypeOf(format),
    "content-length": String(file.bytes),
    "cache-control": "no-store",
    ...PICTURE_PAGE_HEADERS,
  };
  if (file.bytes > MAX_BUFFERED_BYTES) return new Response(await streamOnce(file), { headers });
  await using result = file;
  return new Response(await Bun.file(result.path).bytes(), { headers });
}

/** Streams a file and removes it afterwards, also if it cannot be read. */
async function streamOnce(file: RenderedFile): Promise<ReadableStream<Uint8Array>> {
  const reader = await orDispose(file, () => Bun.file(file.path).stream().getReader());
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await orDispose(file, () => reader.read());
      if (!done) return controller.enqueue(value);
      await file[Symbol.asyncDispose]();
      controller.close();
    },
    async cancel(reason) {
      await reader.cancel(reason);
      await file[Symbol.asyncDispose]();
    },
  });
}

async function orDispose<T>(file: AsyncDisposable, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}
