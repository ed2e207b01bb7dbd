import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { compareBytes, placeByBytes, sortByBytes } from "./byte_order.ts";
import { isFileName, isLitter } from "./file_name.ts";

/** Options for {@linkcode FolderListing}. */
export interface FolderListingOptions {
  /** Entries of a folder that are held at a time. @default {50_000} */
  readonly window?: number;
}

/** The next entries of a folder from some text on. */
interface Window {
  readonly from: string;
  readonly entries: readonly string[];
  readonly isLast: boolean;
  /** When the folder had last changed. */
  readonly changedAt: number;
}

/** Folders whose entries are remembered between two calls: those on the way to where a listing goes on. */
const REMEMBERED_FOLDERS = 4;

/** What has changed so recently may change again without being seen by its time. */
const UNSETTLED_MILLISECONDS = 2_000;

/** Goes through folders in the order of bytes, and knows what it has read as long as it is so. */
export class FolderListing {
  readonly #size: number;
  readonly #windows = new LRUCache<string, Window>({ max: REMEMBERED_FOLDERS });

  constructor({ window = 50_000 }: FolderListingOptions = {}) {
    this.#size = window;
  }

  /**
   * Gives the files and folders in a folder from some text on, in the order of their bytes: folders with a slash at the end. Links,
   * what is hidden and what nobody wants are left out; so is a folder that is not there or may not be read.
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
