import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { compareBytes, placeByBytes, sortByBytes } from "./byte_order.ts";
import { isFileName, isLitter } from "./file_name.ts";

/** Options for {@linkcode FolderListing}. */
export interface FolderListingOptions {
  /** Entries of a folder that are held in memory at a time. @default {50_000} */
  readonly window?: number;
}

/** A run of sorted entries of a folder, from a given text on. */
interface Window {
  readonly from: string;
  readonly entries: readonly string[];
  readonly isLast: boolean;
  /** The folder's modification time, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** Folders whose entries are cached between two calls: those on the path to the next name. */
const REMEMBERED_FOLDERS = 4;

/** A folder that changed less than this long ago may change again with the same modification time. */
const UNSETTLED_MILLISECONDS = 2_000;

/** Lists folders in byte order and caches their entries until they change. */
export class FolderListing {
  readonly #size: number;
  readonly #windows = new LRUCache<string, Window>({ max: REMEMBERED_FOLDERS });

  constructor({ window = 50_000 }: FolderListingOptions = {}) {
    this.#size = window;
  }

  /**
   * Returns the files and folders in a folder from some text on, sorted by their bytes. Folders end with a slash. Links, hidden files and
   * litter of the system are skipped. A folder that is missing or unreadable is empty.
   */
  async *entries(folder: string, from: string): AsyncGenerator<string> {
    for (let next = from; ;) {
      const { entries, isLast } = await this.#window(folder, next);
      for (let place = placeByBytes(entries, next); place < entries.length; place++)
        yield entries[place] ?? "";
      if (isLast) return;
      next = `${entries.at(-1)}\0`;
    }
  }

  async #window(folder: string, from: string): Promise<Window> {
    const changedAt = (await stat(folder).catch(ignoreClosed(null)))?.mtimeMs ?? 0;
    const known = this.#windows.get(folder);
    if (known && known.changedAt === changedAt && holds(known, from)) return known;
    const isSettled = Date.now() - changedAt > UNSETTLED_MILLISECONDS;
    const window = { ...(await this.#read(folder, from)), from, changedAt };
    if (isSettled) this.#windows.set(folder, window);
    return window;
  }

  async #read(folder: string, from: string): Promise<Pick<Window, "entries" | "isLast">> {
    const found = await readdir(folder, { withFileTypes: true }).catch(ignoreClosed([]));
    const entries = sortByBytes(found.flatMap(entryOf));
    const first = placeByBytes(entries, from);
    const end = first + this.#size;
    return { entries: entries.slice(first, end), isLast: entries.length <= end };
  }
}

function holds({ from: start, entries, isLast }: Window, from: string): boolean {
  const last = entries.at(-1);
  const isBefore = isLast || (last !== undefined && compareBytes(from, last) <= 0);
  return isBefore && compareBytes(start, from) <= 0;
}

function entryOf(entry: Dirent): readonly string[] {
  if (!isFileName(entry.name) || isLitter(entry.name)) return [];
  if (entry.isDirectory()) return [`${entry.name}/`];
  return entry.isFile() ? [entry.name] : [];
}

function ignoreClosed<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (["EACCES", "ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return instead;
    throw error;
  };
}
