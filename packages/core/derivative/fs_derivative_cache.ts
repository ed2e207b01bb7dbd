import { type Stats, statSync } from "node:fs";
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { SHARDS } from "../blob/blob_store.ts";
import { removeLeftover } from "../blob/remove_leftover.ts";
import { Spool } from "../blob/spool.ts";
import { CheckedDerivatives } from "./checked_derivatives.ts";
import type { Derivative, DerivativeCache, DerivativePlace, ForgetOptions } from "./derivative_cache.ts";
import { derivativeSource } from "./derivative_key.ts";
import { evictFiles } from "./evict_files.ts";
import { openSealedFile, SEAL_BYTES } from "./sealed_file.ts";

/** Options for {@linkcode FsDerivativeCache}. */
export interface FsDerivativeCacheOptions {
  /** Bytes that it may hold. */
  readonly capacity: number;
  /** Processes that keep derivatives in the same folder. Each counts for all: what the others keep it does not hear of. @default {1} */
  readonly processes?: number;
  /** Up to how many bytes of a derivative are kept in memory when it is read for a check. @default {0} */
  readonly inMemory?: number;
}

const KEY_REGEXP = /^[0-9a-f]{32}-[0-9a-f]{64}$/;

/** How stale the record of a file's last use may be: rarer writes, coarser order. */
const USE_GRAIN_MILLISECONDS = 3_600_000;

/** From here on it makes room while it goes on, so that nobody has to wait. */
const HIGH_WATER = 0.95;

/** How far it empties itself then, so that it does not have to again at once. */
const LOW_WATER = 0.88;

/** How fast an unusually large file is forgotten. */
const FADING = 0.98;

/** Looks at all files while one waits to be rendered. After that it is rendered all the same. */
const MOST_EVICTIONS = 3;

/** Derivatives as files in one level of 256 folders. The file system is the only record: any process may join or leave. */
export class FsDerivativeCache implements DerivativeCache {
  readonly #folder: string;
  readonly #capacity: number;
  readonly #processes: number;
  readonly #inMemory: number;
  readonly #incoming: Spool;
  readonly #checked = new CheckedDerivatives();
  /** Bytes at the last look; `null` before the first. */
  #seen: number | null = null;
  /** Bytes kept since, by all processes as far as this one can tell. */
  #added = 0;
  /** The part of these that is not in its place yet. */
  #pending = 0;
  /** The size of the largest file that was kept lately: for so much each render reserves room. */
  #largest = 0;
  #eviction: Promise<number> | null = null;

  constructor(folder: string, { capacity, processes = 1, inMemory = 0 }: FsDerivativeCacheOptions) {
    this.#folder = folder;
    this.#capacity = capacity;
    this.#processes = processes;
    this.#inMemory = inMemory;
    this.#incoming = new Spool(join(folder, "incoming"), { capacity: 0 });
  }

  /** Makes the folder. */
  async prepare(): Promise<void> {
    await this.#incoming.prepare();
  }

  async find(key: string): Promise<Derivative | null> {
    const path = this.#path(key);
    const seen = statSync(path, { throwIfNoEntry: false });
    if (!seen) return null; // most often: it was not requested yet
    const found = this.#checked.has(key, seen)
      ? { ...unsealed(path, seen.size - SEAL_BYTES), stats: seen }
      : await openSealedFile(path, { inMemory: this.#inMemory });
    if (found === "damaged") {
      // It may be in its place again by now: then it is rendered once more.
      await rm(path, { force: true });
      return null;
    }
    if (!found) return null;
    const { bytes, content, stats } = found;
    this.#checked.set(key, await this.#use(path, stats));
    return { bytes, content };
  }

  recall(key: string): Derivative | null {
    const path = this.#path(key);
    // A look at a file does not wait for the disk any longer than opening it does.
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && this.#checked.has(key, stats) ? unsealed(path, stats.size - SEAL_BYTES) : null;
  }

  async reserve(key: string): Promise<DerivativePlace> {
    const target = this.#path(key);
    const output = this.#incoming.newPath();
    const reserved = this.#largest;
    this.#count(reserved, reserved);
    await this.#makeRoom();
    return {
      output,
      target,
      keep: async (bytes) => {
        const size = bytes + SEAL_BYTES;
        this.#largest = Math.max(size, this.#largest * FADING);
        this.#count(-reserved, size - reserved);
        const stats = statSync(target, { throwIfNoEntry: false });
        // It was whole when it was published, a moment ago.
        if (stats?.size === size) this.#checked.set(key, stats);
        return unsealed(target, bytes);
      },
      abandon: async ({ isEmpty = false } = {}) => {
        this.#count(-reserved, -reserved);
        if (!isEmpty) await removeLeftover(output);
      },
    };
  }

  /** Removes renders that nobody finished. */
  sweep(untouchedSince: number): Promise<number> {
    return this.#incoming.sweep(untouchedSince);
  }

  async forget(sources: readonly string[], { unusedSince = Infinity }: ForgetOptions = {}): Promise<number> {
    const wanted = new Set(sources.map(derivativeSource));
    let forgotten = 0;
    for (const shard of new Set([...wanted].map((source) => source.slice(0, 2)))) {
      for (const key of await this.#keys(shard)) {
        if (wanted.has(derivativeSource(key)) && (await this.#removeUnused(key, unusedSince))) forgotten++;
      }
    }
    return forgotten;
  }

  forgetCopies(sources: readonly string[]): Promise<number> {
    return this.forget(sources);
  }

  async clear({ unusedSince = Infinity }: ForgetOptions = {}): Promise<number> {
    let cleared = 0;
    for (const shard of SHARDS) {
      for (const key of await this.#keys(shard)) if (await this.#removeUnused(key, unusedSince)) cleared++;
    }
    return cleared;
  }

  async sources(shard: string): Promise<readonly string[]> {
    return [...new Set((await this.#keys(shard)).map(derivativeSource))];
  }

  async evict(): Promise<number> {
    const isSettled = this.#seen !== null && this.#estimate <= this.#capacity * HIGH_WATER;
    if (isSettled && !this.#eviction) return 0;
    this.#eviction ??= this.#evict().finally(() => {
      this.#eviction = null;
    });
    return await this.#eviction;
  }

  /** Records the use of a file. Returns how it is after that. */
  async #use(path: string, stats: Stats): Promise<Stats> {
    const now = Date.now();
    if (now - stats.mtimeMs <= USE_GRAIN_MILLISECONDS) return stats;
    try {
      await utimes(path, now / 1000, now / 1000);
      return await stat(path);
    } catch {
      return stats;
    }
  }

  get #estimate(): number {
    return (this.#seen ?? 0) + this.#added;
  }

  #count(pending: number, added: number): void {
    this.#pending += pending * this.#processes;
    this.#added += added * this.#processes;
  }

  /** Waits only where what comes in would not fit. */
  async #makeRoom(): Promise<void> {
    if (this.#seen !== null && this.#estimate <= this.#capacity * HIGH_WATER) return;
    this.evict().catch(() => {}); // a later one tries again
    // One that has begun already does not know of everything that comes in now.
    for (let tries = 0; this.#estimate > this.#capacity && tries < MOST_EVICTIONS; tries++)
      await this.evict();
  }

  async #evict(): Promise<number> {
    const added = this.#added;
    const pending = this.#pending;
    const { left, evicted } = await evictFiles(
      SHARDS.map((shard) => join(this.#folder, shard)),
      { capacity: this.#capacity * HIGH_WATER - pending, target: this.#capacity * LOW_WATER - pending },
    );
    this.#seen = left;
    // What was published while the files were looked at may count twice: better than not at all.
    this.#added += pending - added;
    return evicted;
  }

  /** Gives the keys that start with two hexadecimal digits. */
  async #keys(shard: string): Promise<readonly string[]> {
    const names = await readdir(join(this.#folder, shard)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names.filter((name) => KEY_REGEXP.test(name));
  }

  /** Removes a derivative if nobody has used it since a time. Gives whether it did. */
  async #removeUnused(key: string, unusedSince: number): Promise<boolean> {
    const path = this.#path(key);
    const stats = await stat(path).catch(() => null);
    if (!stats || stats.mtimeMs >= unusedSince) return false;
    await rm(path, { force: true });
    return true;
  }

  #path(key: string): string {
    if (!KEY_REGEXP.test(key)) throw new TypeError(`Cannot use derivative key: it is "${key}"`);
    return join(this.#folder, key.slice(0, 2), key);
  }
}

function unsealed(path: string, bytes: number): Derivative {
  return { bytes, content: Bun.file(path).slice(0, bytes) };
}
