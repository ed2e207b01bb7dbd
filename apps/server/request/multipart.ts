import { once } from "node:events";
import type { Readable } from "node:stream";
import { isProgImageError, ProgImageError } from "@progimage/core";
import busboy from "busboy";
import { bodyError, tooLarge } from "./request_body.ts";

/** A field of a form. */
export interface FieldPart {
  readonly kind: "field";
  readonly name: string;
  readonly value: string;
}

/** A file of a form. Its body must be read or skipped before the next part comes. */
export interface FilePart {
  readonly kind: "file";
  readonly name: string;
  /** The file name of the client, without folders. */
  readonly fileName: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Skips the rest of the body. */
  readonly skip: () => void;
}

/** Options for {@linkcode multipartParts}. */
export interface MultipartOptions {
  readonly maxFiles: number;
  readonly maxFields: number;
  readonly maxFieldBytes: number;
  /** The maximum size of the whole body, in bytes. */
  readonly maxBytes: number;
  /** Called with the number of bytes received so far. It may throw to stop. */
  readonly onProgress: (bytes: number) => void;
}

/**
 * Yields the parts of a `multipart/form-data` body as they arrive. Its memory use does not depend on their size.
 *
 * @throws {ProgImageError} `invalid_request` for a body that is malformed or has too many parts, and any error of the body
 */
export async function* multipartParts(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
  options: MultipartOptions,
): AsyncGenerator<FieldPart | FilePart> {
  const parser = createParser(contentType, options);
  const parts: (FieldPart | FilePart)[] = [];
  let wake = Promise.withResolvers<void>();
  let failure: unknown = null;
  let openFile: Readable | null = null;
  const announce = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const fail = (error: unknown) => {
    failure ??= error;
    openFile?.destroy(error as Error);
    announce();
  };
  // The parser passes no name if it is missing or empty.
  parser.on("field", (name: string | undefined, value, info) => {
    if (name === undefined) return fail(malformed("a field has no name"));
    if (info.valueTruncated || info.nameTruncated)
      return fail(malformed(`field "${name.slice(0, 64)}" is too long`));
    parts.push({ kind: "field", name, value });
    announce();
  });
  parser.on("file", (name: string | undefined, stream, info) => {
    openFile = stream;
    // A consumer that stops early must not destroy the stream, or the parser would wait for it forever. The stream flows again only one
    // tick after the iterator has released it.
    stream.on("error", () => {});
    parts.push({
      kind: "file",
      name: name ?? "",
      fileName: info.filename ?? "",
      body: { [Symbol.asyncIterator]: () => fileChunks(stream) },
      skip: () => void setImmediate(() => stream.resume()),
    });
    announce();
  });
  parser.on("filesLimit", () => fail(malformed(`it has more than ${options.maxFiles} files`)));
  parser.on("fieldsLimit", () => fail(malformed(`it has more than ${options.maxFields} fields`)));
  parser.on("error", (error) => fail(malformed((error as Error).message)));
  const pumped = pump(body, parser, options, () => failure !== null).catch((error: unknown) =>
    fail(bodyError(error)),
  );
  let isDone = false;
  void pumped.then(() => {
    isDone = true;
    announce();
  });
  try {
    for (;;) {
      const part = parts.shift();
      if (part) yield part;
      else if (failure) throw failure;
      else if (isDone) return;
      else await wake.promise;
    }
  } finally {
    fail(new Error("Nobody reads the form any more"));
  }
}

function createParser(contentType: string, options: MultipartOptions): busboy.Busboy {
  const { maxFiles: files, maxFields: fields, maxFieldBytes: fieldSize } = options;
  try {
    return busboy({
      headers: { "content-type": contentType },
      defParamCharset: "utf8",
      limits: { files, fields, fieldSize, fieldNameSize: 128, headerPairs: 32 },
    });
  } catch (error) {
    throw malformed((error as Error).message);
  }
}

async function pump(
  body: AsyncIterable<Uint8Array>,
  parser: busboy.Busboy,
  { maxBytes, onProgress }: MultipartOptions,
  hasFailed: () => boolean,
): Promise<void> {
  const finished = once(parser, "close");
  finished.catch(() => {});
  let bytes = 0;
  for await (const chunk of body) {
    if (hasFailed()) return;
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes, bytes);
    onProgress(bytes);
    if (!parser.write(chunk)) await Promise.race([once(parser, "drain"), finished]);
  }
  if (hasFailed()) return;
  parser.end();
  await finished;
}

/** Returns the chunks of a file. If the form breaks off within it, the error is that of the parser. */
function fileChunks(stream: Readable): AsyncIterator<Uint8Array> {
  const chunks = stream.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  const next = async () => {
    try {
      return await chunks.next();
    } catch (error) {
      throw isProgImageError(error) ? error : malformed((error as Error).message);
    }
  };
  return { next, return: async () => (await chunks.return?.()) ?? { done: true, value: undefined } };
}

function malformed(reason: string): ProgImageError {
  return new ProgImageError("invalid_request", `Cannot read the form: ${reason}`);
}
