import { FileSource, openFile } from "./file_source.ts";
import { isImageObject } from "../images/image_object.ts";
import { refuseText } from "../images/image_source.ts";
import type { UploadSource } from "../images/sources.ts";

/** A source whose bytes can be sent once. */
export interface OpenSource {
  readonly body: Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array>;
  /** The source's own name; empty if it has none. */
  readonly name: string;
  /** The source's own media type, if it is that of an image. */
  readonly type: string;
  /** Releases the opened resources, whether they were sent or not. */
  close(): Promise<void>;
}

const ANY_TYPE = "application/octet-stream";

/**
 * Opens a source for sending.
 *
 * @throws {TypeError} if it cannot be read
 * @throws {FileError} if it is a file that cannot be read
 */
export async function openSource(source: UploadSource): Promise<OpenSource> {
  const described = { name: nameOf(source), type: typeOf(source) };
  if (source instanceof FileSource) return { ...described, ...(await openFile(source.path)) };
  if (source instanceof ReadableStream && source.locked)
    throw new TypeError("Cannot upload the stream: it is being read already");
  if (!isImageObject(source)) return refuseText(String(source));
  return { ...described, body: source, close: nothing };
}

/** Whether the bytes of a source can be read again: those of a stream cannot. */
export function isReplayable(source: UploadSource): boolean {
  return !(source instanceof ReadableStream);
}

/** Returns the source's own name; empty if it has none. The names of `Bun.file` blobs are paths. */
export function nameOf(source: UploadSource & { readonly name?: unknown }): string {
  if (!(source instanceof FileSource)) return typeof source.name === "string" ? baseName(source.name) : "";
  const { path } = source;
  return path instanceof URL ? decodeURIComponent(baseName(path.pathname)) : baseName(path);
}

/** Returns the media type of an image. With another type, the server would read the body as JSON, a form or an archive. */
export function typeOf(source: UploadSource): string {
  return source instanceof Blob && source.type.startsWith("image/") ? source.type : ANY_TYPE;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}

async function nothing(): Promise<void> {}
