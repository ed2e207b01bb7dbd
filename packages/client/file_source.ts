/** The part of `node:fs/promises` that is needed, so that nobody's types must know Node. */
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
  /** Reads a piece only when somebody wants it. */
  readonly body: ReadableStream<Uint8Array>;
  /** Lets go of the file, read to its end or not. */
  close(): Promise<void>;
}

const PIECE_BYTES = 64 * 1024;

/** Opens a file of the disk, in Bun, Node and Deno. */
export async function openFile(path: string | URL): Promise<OpenFile> {
  const { open } = await importFileSystem(path);
  const file = await open(path);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= file.close());
  if ((await file.stat()).isDirectory()) {
    await close();
    throw new TypeError(`Cannot upload ${path}: it is a directory`);
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
    throw new TypeError(`Cannot upload ${path}: there are no files by path here, pass a Blob`);
  const specifier = "node:fs/promises"; // a variable, so that bundlers for browsers leave it alone
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as FileSystem;
}
