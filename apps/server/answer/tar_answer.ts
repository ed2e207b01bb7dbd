import { createTarPacker } from "modern-tar";
import type { ArchiveFile } from "../archive/archive_file.ts";
import { pullStream } from "../http/pull_stream.ts";

/** Options for {@linkcode tarAnswer}. */
export interface TarAnswerOptions {
  readonly fileName: string;
  /** Disposed of after sending, or when the client leaves. */
  readonly held: AsyncDisposable;
}

/** Bytes packed ahead of the client. The library would buffer megabytes. */
const MAX_AHEAD_BYTES = 131_072;

/** Returns the answer that streams files as a tar. An error within a file breaks the connection. */
export function tarAnswer(
  request: Request,
  files: AsyncGenerator<ArchiveFile, void>,
  { fileName, held }: TarAnswerOptions,
): Response {
  const headers = {
    "content-type": "application/x-tar",
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
  const { readable, controller } = createTarPacker();
  const ahead = new BytesAhead();
  const write = async () => {
    for await (const { name, bytes, content, modifiedAt } of files) {
      const header = { name, size: bytes, type: "file", mtime: modifiedAt } as const;
      const writer = controller.add(header).getWriter();
      writer.closed.catch(() => {});
      for await (const chunk of content) {
        await writer.write(chunk);
        await ahead.add(chunk.length);
      }
      await writer.close();
    }
    controller.finalize();
  };
  void write()
    .catch((error: unknown) => controller.error(error))
    .finally(() => held[Symbol.asyncDispose]());
  const reader = readable.getReader();
  const body = pullStream(request, {
    next: async () => {
      const { done, value } = await reader.read();
      if (done) return null;
      ahead.take(value.length);
      return value;
    },
    leave: async (reason) => {
      await reader.cancel(reason);
      ahead.take(Infinity);
      await held[Symbol.asyncDispose]();
    },
  });
  return new Response(body, { headers });
}

/** Counts packed bytes that the client has not taken yet. */
class BytesAhead {
  #bytes = 0;
  #taken = Promise.withResolvers<void>();

  /** Adds bytes, and resolves once their number is below the limit. */
  async add(bytes: number): Promise<void> {
    this.#bytes += bytes;
    while (this.#bytes > MAX_AHEAD_BYTES) await this.#taken.promise;
  }

  /** Subtracts bytes. Those of tar headers were never added. */
  take(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
  }
}
