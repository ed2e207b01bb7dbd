import { FileSource, openFile } from "./file_source.ts";
import { refuseText } from "./image_source.ts";

/** Bytes that can be sent: those of a file are named by `fromFile`, which needs Bun, Node or Deno. */
export type UploadSource = Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array> | FileSource;

/** A source whose bytes can be sent, once. */
export interface OpenSource {
  readonly body: Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array>;
  /** The name that the source brings; empty if it has none. */
  readonly name: string;
  /** The media type that the source brings, if it is an image's. */
  readonly type: string;
  /** Lets go of what was opened, sent or not. */
  close(): Promise<void>;
}

const ANY_TYPE = "application/octet-stream";

/**
 * Opens a source for sending.
 *
 * @throws {TypeError} if it cannot be read
 */
export async function openSource(source: UploadSource): Promise<OpenSource> {
  if (source instanceof FileSource) return openPath(source);
  if (source instanceof Blob)
    return { body: source, name: nameOf(source), type: typeOf(source), close: nothing };
  if (source instanceof ReadableStream) {
    if (source.locked) throw new TypeError("Cannot upload the stream: somebody else is reading it");
    return { body: source, name: "", type: ANY_TYPE, close: nothing };
  }
  if (source instanceof ArrayBuffer || source instanceof Uint8Array)
    return { body: source, name: "", type: ANY_TYPE, close: nothing };
  return refuseText(String(source));
}

async function openPath({ path }: FileSource): Promise<OpenSource> {
  const { body, close } = await openFile(path);
  return {
    body,
    close,
    name: path instanceof URL ? decodeURIComponent(baseName(path.pathname)) : baseName(path),
    type: ANY_TYPE,
  };
}

/** Files have names, and so have the blobs of `Bun.file`, whose names are paths. */
function nameOf(blob: Blob & { readonly name?: unknown }): string {
  return typeof blob.name === "string" ? baseName(blob.name) : "";
}

/** Other types would make the server take the body for something else: JSON, a form, an archive. */
function typeOf(blob: Blob): string {
  return blob.type.startsWith("image/") ? blob.type : ANY_TYPE;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}

async function nothing(): Promise<void> {}
