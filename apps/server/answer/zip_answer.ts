import { makeZip } from "client-zip";
import { pullStream } from "../http/pull_stream.ts";

/** A file of an archive. Its producer may remove it once the next one is requested. */
export interface ZipEntry {
  readonly name: string;
  readonly input: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | string;
  /** The number of bytes, if known. */
  readonly size?: number;
  /** @default now */
  readonly lastModified?: Date;
}

/** Options for {@linkcode zipAnswer}. */
export interface ZipAnswerOptions {
  readonly fileName: string;
  /** Disposed of after sending, or when the client leaves: entries that were never requested cannot clean up after themselves. */
  readonly held: AsyncDisposable;
}

/** Returns the headers of an answer with a zip. */
export function zipHeaders(fileName: string): Readonly<Record<string, string>> {
  return {
    "content-type": "application/zip",
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
}

/** Returns the answer that streams files as a zip. It stores them uncompressed, because images do not shrink. */
export function zipAnswer(
  request: Request,
  entries: AsyncGenerator<ZipEntry>,
  { fileName, held }: ZipAnswerOptions,
): Response {
  const headers = zipHeaders(fileName);
  const reader = makeZip(entries).getReader();
  const leave = async () => {
    await entries.return(undefined);
    await held[Symbol.asyncDispose]();
  };
  const body = pullStream(request, {
    next: async () => {
      try {
        const { done, value } = await reader.read();
        if (!done) return value;
        await held[Symbol.asyncDispose]();
        return null;
      } catch (error) {
        // The connection breaks, so that an incomplete file does not look complete.
        await leave();
        throw error;
      }
    },
    leave: async () => {
      // The library throws into the generator instead of ending it.
      await reader.cancel().catch(() => {});
      await leave();
    },
  });
  return new Response(body, { headers });
}
