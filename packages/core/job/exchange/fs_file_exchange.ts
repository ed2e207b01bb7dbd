import { constants } from "node:fs";
import {
  copyFile,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { join } from "node:path";
import { ProgImageError } from "../../error.ts";
import { fromStorageError } from "../../storage_error.ts";
import { removeLeftover } from "../../blob/remove_leftover.ts";
import { syncPath } from "../../blob/sync_path.ts";
import { compareBytes } from "./byte_order.ts";
import type { FileExchange, ListFilesOptions } from "./file_exchange.ts";
import { checkFileName, checkFilePrefix } from "./file_name.ts";
import { FolderListing, type FolderListingOptions } from "./folder_listing.ts";
import { TenantFileExchange } from "./tenant_file_exchange.ts";

/** The folder of incomplete files. It is hidden, so no name leads to it. */
const INCOMING = ".progimage-incoming";

const READ_BYTES = 65_536;

/** Codes for a lasting obstacle at the path of a file. */
const OBSTACLES: ReadonlySet<string> = new Set([
  "EACCES",
  "EEXIST",
  "EISDIR",
  "ENOTDIR",
  "ENOTEMPTY",
  "EPERM",
  "EROFS",
]);

/** A file exchange in a folder on one volume. Symbolic links in it are skipped: no file outside is read or written. */
export class FsFileExchange implements FileExchange {
  readonly #folder: string;
  readonly #listing: FolderListing;

  constructor(folder: string, options: FolderListingOptions = {}) {
    this.#folder = folder;
    this.#listing = new FolderListing(options);
  }

  of(owner: string): FileExchange {
    return owner === "" ? this : new TenantFileExchange(this, owner);
  }

  async put(name: string, path: string): Promise<void> {
    checkFileName(name);
    const root = await this.#root();
    const folders = name.split("/");
    const last = folders.pop() ?? "";
    try {
      const temporary = join(await makeFolders(root, [INCOMING]), crypto.randomUUID());
      try {
        await copyWhole(path, temporary);
        const folder = await makeFolders(root, folders);
        await rename(temporary, join(folder, last));
        await syncPath(folder);
      } finally {
        await removeLeftover(temporary);
      }
    } catch (error) {
      throw OBSTACLES.has(codeOf(error)) ? inTheWay(error) : fromStorageError(error);
    }
  }

  async list(prefix: string, { limit, after }: ListFilesOptions): Promise<readonly string[]> {
    checkFilePrefix(prefix);
    const root = await this.#root();
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    const names: string[] = [];
    if (limit <= 0 || !(await isPlain(join(root, folder)))) return names;
    for await (const name of this.#below(root, folder, { prefix, after })) {
      names.push(name);
      if (names.length === limit) break;
    }
    return names;
  }

  async open(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    checkFileName(name);
    const path = join(await this.#root(), name);
    const file = await openPlain(path);
    if (!file) return null;
    // A caller that never reads would leave it open.
    await file.close();
    return bytesOf(path);
  }

  /** Removes incomplete files of dead processes that were last modified before a time. Returns their number. */
  async sweep(untouchedSince: number): Promise<number> {
    const root = await realpath(this.#folder).catch(() => null);
    const folder = join(root ?? this.#folder, INCOMING);
    if (!root || !(await isPlain(folder))) return 0;
    let swept = 0;
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const stats = await lstat(path).catch(() => null);
      if (!stats?.isFile() || stats.mtimeMs >= untouchedSince) continue;
      await rm(path, { force: true });
      swept++;
    }
    return swept;
  }

  async #root(): Promise<string> {
    return await realpath(this.#folder).catch((cause: unknown) => {
      const message = "Cannot reach files as their folder is missing";
      throw new ProgImageError("unavailable", message, { cause });
    });
  }

  /** Walks a folder and its subfolders in byte order, starting after a name. */
  async *#below(
    root: string,
    folder: string,
    bounds: { readonly prefix: string; readonly after: string | null },
  ): AsyncGenerator<string> {
    const { prefix, after } = bounds;
    const wanted = prefix.slice(folder.length);
    for await (const entry of this.#listing.entries(join(root, folder), firstEntry(folder, wanted, after))) {
      if (!entry.startsWith(wanted)) return;
      const path = folder + entry;
      if (entry.endsWith("/")) yield* this.#below(root, path, { prefix: path, after });
      else if (after === null || compareBytes(path, after) > 0) yield path;
    }
  }
}

/** Returns where to start in a folder: at the prefix, or at the entry on the path to a name. */
function firstEntry(folder: string, wanted: string, after: string | null): string {
  if (after === null || !after.startsWith(folder)) return wanted;
  const [part = "", ...deeper] = after.slice(folder.length).split("/");
  const onTheWay = deeper.length > 0 ? `${part}/` : part;
  return compareBytes(onTheWay, wanted) > 0 ? onTheWay : wanted;
}

/** Returns whether a path exists and no part of it is a link. */
async function isPlain(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => null);
  return real === path.replace(/\/$/, "");
}

/** Creates folders one by one without following links. */
async function makeFolders(root: string, parts: readonly string[]): Promise<string> {
  let folder = root;
  for (const part of parts) {
    const parent = folder;
    folder = join(parent, part);
    const isNew = await mkdir(folder).then(() => true, ignoreThere);
    if (isNew) await syncPath(parent);
    else if (!(await lstat(folder)).isDirectory()) throw inTheWay();
  }
  return folder;
}

function ignoreThere(error: unknown): false {
  if (codeOf(error) === "EEXIST") return false;
  throw error;
}

async function copyWhole(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const file = await open(to, "r+");
  try {
    await file.sync();
    const [{ size }, { size: expected }] = await Promise.all([file.stat(), stat(from)]);
    if (size !== expected) throw new Error(`Cannot write file: the disk took ${size} of ${expected} bytes`);
  } finally {
    await file.close();
  }
}

/** Opens a file for reading. Returns `null` if there is none, or if a part of its path is a link. */
async function openPlain(path: string): Promise<FileHandle | null> {
  // Non-blocking: opening a named pipe would otherwise wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(ignoreAbsent);
  if (!file) return null;
  const isFile = await Promise.all([file.stat(), pathOf(file, path)]).then(
    ([stats, real]) => stats.isFile() && (real === path || real === `${path} (deleted)`),
    () => false,
  );
  if (isFile) return file;
  await file.close();
  return null;
}

/**
 * Returns the real path of an open file, with the kernel's mark if it was replaced or removed since. Linux reports it for the descriptor.
 * Other systems look the path up again, so a file that is replaced at that moment counts as removed.
 */
async function pathOf({ fd }: FileHandle, path: string): Promise<string> {
  return await readlink(`/proc/self/fd/${fd}`).catch(() => realpath(path));
}

function ignoreAbsent(error: unknown): null {
  if (["EACCES", "ELOOP", "ENOENT", "ENOTDIR", "ENXIO"].includes(codeOf(error))) return null;
  throw error;
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await openPlain(path);
  if (!file) throw new ProgImageError("file_not_found", "Cannot read file: it was removed");
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(READ_BYTES));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function inTheWay(cause?: unknown): ProgImageError {
  const message =
    "Cannot write file as its path must be free: a file or link has the name of the file or of a folder";
  return new ProgImageError("conflict", message, { cause });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
