import { FileError } from "../connection/errors.ts";

/** A file on the disk, by its path: see {@linkcode fromFile}. */
export class FileSource {
  readonly path: string | URL;

  /** @internal */
  constructor(path: string | URL) {
    this.path = path;
  }
}

/**
 * Returns a file on the disk as a source, in Bun, Node and Deno. It is opened when it is sent, and sent in chunks. Check paths from
 * untrusted input first, as they can name any file.
 *
 * @throws {TypeError} for a URL that is not a `file:` one
 */
export function fromFile(path: string | URL): FileSource {
  if (path instanceof URL && path.protocol !== "file:")
    throw new TypeError(`Cannot read ${path} as a file: it must be a file: URL, or fromUrl for the web`);
  return new FileSource(path);
}

/** The required part of `node:fs/promises`, so that the types of Node are not needed. */
interface FileSystem {
  open(path: string | URL): Promise<FileHandle>;
}

interface FileHandle {
  stat(): Promise<{ isDirectory(): boolean }>;
  read(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

/** A file that is being read. */
export interface OpenFile {
  /** The content; a chunk is read only when it is needed. */
  readonly body: ReadableStream<Uint8Array>;
  /** Closes the file, whether it was read to its end or not. */
  close(): Promise<void>;
}

const PIECE_BYTES = 64 * 1024;

/**
 * Opens a file on the disk, in Bun, Node and Deno.
 *
 * @throws {FileError} if it does not exist or cannot be read
 */
export async function openFile(path: string | URL): Promise<OpenFile> {
  const { open } = await importFileSystem(path);
  const file = await open(path).catch((cause: unknown) => {
    throw new FileError(path, codeOf(cause), { cause });
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= file.close());
  if ((await file.stat()).isDirectory()) {
    await close();
    throw new FileError(path, "EISDIR");
  }
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const piece = new Uint8Array(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES);
    if (bytesRead > 0) return controller.enqueue(piece.subarray(0, bytesRead));
    await close();
    controller.close();
  };
  return { body: new ReadableStream({ pull, cancel: close }, { highWaterMark: 0 }), close };
}

async function importFileSystem(path: string | URL): Promise<FileSystem> {
  const runtime = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } };
  if (!runtime.process?.versions?.node)
    throw new TypeError(`Cannot open ${path}: there are no files by path here, pass a Blob`);
  const specifier = "node:fs/promises"; // a variable, so that bundlers for browsers ignore the import
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as FileSystem;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "EIO";
}
