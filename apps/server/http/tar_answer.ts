import { createTarPacker } from "modern-tar";
import type { ArchiveFile } from "../archive/archive_file.ts";
import { pacedStream } from "./paced_stream.ts";

/** Options for {@linkcode tarAnswer}. */
export interface TarAnswerOptions {
  readonly fileName: string;
  /** Disposed of when nobody reads any more. */
  readonly held: AsyncDisposable;
}

/** Gives the answer that carries files as a tar, as they come. What goes wrong within a file breaks the connection. */
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
  const write = async () => {
    for await (const { name, bytes, content, modifiedAt } of files) {
      const header = { name, size: bytes, type: "file", mtime: modifiedAt } as const;
      const writer = controller.add(header).getWriter();
      writer.closed.catch(() => {});
      for await (const chunk of content) await writer.write(chunk);
      await writer.close();
    }
    controller.finalize();
  };
  void write()
    .catch((error: unknown) => controller.error(error))
    .finally(() => held[Symbol.asyncDispose]());
  const reader = readable.getReader();
  const body = pacedStream(request, {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? null : value;
    },
    leave: async (reason) => {
      await reader.cancel(reason);
      await held[Symbol.asyncDispose]();
    },
  });
  return new Response(body, { headers });
}
