import { makeZip } from "client-zip";
import { pacedStream } from "../http/paced_stream.ts";

/** A file of an archive. Whoever gives it may clear it away once the next one is asked for. */
export interface ZipEntry {
  readonly name: string;
  readonly input: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | string;
  /** Bytes, where they are known. */
  readonly size?: number;
  /** @default now */
  readonly lastModified?: Date;
}

/** Options for {@linkcode zipAnswer}. */
export interface ZipAnswerOptions {
  readonly fileName: string;
  /** Disposed of when nobody reads any more: entries that were never asked for cannot clear up after themselves. */
  readonly held: AsyncDisposable;
}

/** Gives the answer that carries files as a zip, as they come. Images do not get smaller by compression: they are stored as they are. */
export function zipAnswer(
  request: Request,
  entries: AsyncGenerator<ZipEntry>,
  { fileName, held }: ZipAnswerOptions,
): Response {
  const headers = {
    "content-type": "application/zip",
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
  const reader = makeZip(entries).getReader();
  const leave = async () => {
    await entries.return(undefined);
    await held[Symbol.asyncDispose]();
  };
  const body = pacedStream(request, {
    next: async () => {
      try {
        const { done, value } = await reader.read();
        return done ? null : value;
      } catch (error) {
        // The connection breaks: a file that could not be sent to its end must not look as if it were.
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
