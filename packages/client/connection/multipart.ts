import type { OpenSource } from "../upload/upload_source.ts";

/** A form that is ready to send. */
export interface Multipart {
  readonly body: FormData | ReadableStream<Uint8Array>;
  /** The headers that the form needs. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A file of a form. */
export interface FormFile {
  /** The name of the file's part. */
  readonly part: string;
  readonly source: OpenSource;
}

/** The name of a file without one, as in browsers. */
const NO_NAME = "blob";

/**
 * Writes fields and then files as a form. A form of blobs is a `FormData`, which works everywhere. A form with streams is a stream
 * itself, as `FormData` would hold their bytes in memory.
 */
export function writeMultipart(fields: URLSearchParams, files: readonly FormFile[]): Multipart {
  if (files.some(({ source }) => source.body instanceof ReadableStream))
    return streamMultipart(fields, files);
  const body = new FormData();
  fields.forEach((value, name) => body.append(name, value));
  for (const { part, source } of files) body.append(part, blobOf(source), source.name || NO_NAME);
  return { body, headers: {} };
}

function blobOf({ body, type }: OpenSource): Blob {
  if (!(body instanceof Blob)) return new Blob([body as BlobPart], { type });
  return body.type === type ? body : body.slice(0, body.size, type);
}

/**
 * Writes fields and then files as a form that is a stream.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
function streamMultipart(fields: URLSearchParams, files: readonly FormFile[]): Multipart {
  const boundary = `progimage-${crypto.randomUUID()}`;
  const pieces = formPieces(boundary, fields, files);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, headers: { "content-type": `multipart/form-data; boundary=${boundary}` } };
}

async function* formPieces(
  boundary: string,
  fields: URLSearchParams,
  files: readonly FormFile[],
): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  for (const [name, value] of fields) {
    yield encoder.encode(
      `--${boundary}\r\ncontent-disposition: form-data; name="${quote(name)}"\r\n\r\n${value}\r\n`,
    );
  }
  for (const { part, source } of files) {
    const { body, name, type } = source;
    const disposition = `content-disposition: form-data; name="${quote(part)}"; filename="${quote(name || NO_NAME)}"`;
    yield encoder.encode(`--${boundary}\r\n${disposition}\r\ncontent-type: ${type}\r\n\r\n`);
    yield* readPieces(body instanceof ReadableStream ? body : blobOf(source).stream());
    yield encoder.encode("\r\n");
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}

/** Yields the chunks of a stream. Not all browsers have the async iterator of streams. */
async function* readPieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    await reader.cancel();
  }
}

/** @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function quote(text: string): string {
  return text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}
