import { makeZip } from "client-zip";

/** A file of an archive. Whoever gives it may clear it away once the next one is asked for. */
export interface ZipEntry {
  readonly name: string;
  readonly input: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | string;
  /** Bytes, where they are known. */
  readonly size?: number;
}

/** Options for {@linkcode zipAnswer}. */
export interface ZipAnswerOptions {
  readonly fileName: string;
  /** Disposed of when nobody reads any more: entries that were never asked for cannot clear up after themselves. */
  readonly held: AsyncDisposable;
}

/** Gives the answer that carries files as a zip, as they come. Images do not get smaller by compression: they are stored as they are. */
export function zipAnswer(entries: AsyncGenerator<ZipEntry>, { fileName, held }: ZipAnswerOptions): Response {
  const headers = {
    "content-type": "application/zip",
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
  const reader = makeZip(entries).getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      // The library throws into the generator instead of ending it.
      await reader.cancel().catch(() => {});
      await entries.return(undefined);
      await held[Symbol.asyncDispose]();
    },
  });
  return new Response(body, { headers });
}
