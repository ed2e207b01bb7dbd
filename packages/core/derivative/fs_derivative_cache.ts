import { type Stats, statSync } from "node:fs";
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { SHARDS } from "../blob/blob_store.ts";
import { removeLeftover } from "../blob/remove_leftover.ts";
import { Spool } from "../blob/spool.ts";
import { CheckedDerivatives } from "./checked_derivatives.ts";
import type { Derivative, DerivativeCache, DerivativePlace, ForgetOptions } from "./derivative_cache.ts";
import { isDerivativeKey, isKeyOfOwner, sourceOfKey } from "./derivative_key.ts";
import { evictFiles } from "./evict_files.ts";
import { openSealedFile, SEAL_BYTES } from "./sealed_file.ts";

/** Options for {@linkcode FsDerivativeCache}. */
export interface FsDerivativeCacheOptions {
  /** The maximum size of the cache, in bytes. */
  readonly capacity: number;
  /** The number of processes that share the folder. Each assumes that the others add as much as it does itself. @default {1} */
  readonly processes?: number;
  /** Derivatives of up to this many bytes are kept in memory when they are read for a check. @default {0} */
  readonly inMemory?: number;
}

/** The precision of a file's last use. A coarser value means fewer writes but a less exact order. */
const USE_GRAIN_MILLISECONDS = 3_600_000;

/** Above this share of the capacity, eviction runs in the background, so that renders need not wait. */
const HIGH_WATER = 0.95;

/** The share of the capacity left after an eviction, so that the next one is not due at once. */
const LOW_WATER = 0.88;

/** The decay of `#largest` with each kept file. */
const FADING = 0.98;

/** The number of evictions that a render waits for. After that it starts anyway. */
const MOST_EVICTIONS = 3;

/** Derivatives as files in 256 folders. The file system is the only record, so processes may start and stop at any time. */
export class FsDerivativeCache implements DerivativeCache {
  readonly #folder: string;
  readonly #capacity: number;
  readonly #processes: number;
  readonly #inMemory: number;
  readonly #incoming: Spool;
  readonly #checked = new CheckedDerivatives();
  /** Bytes found by the last scan; `null` before the first one. */
  #seen: number | null = null;
  /** The estimated number of bytes that all processes have added since then. */
  #added = 0;
  /** The part of these that is reserved but not yet published. */
  #pending = 0;
  /** The size of the largest file kept recently. Each render reserves this much room. */
  #largest = 0;
  #eviction: Promise<number> | null = null;

  constructor(folder: string, { capacity, processes = 1, inMemory = 0 }: FsDerivativeCacheOptions) {
    this.#folder = folder;
    this.#capacity = capacity;
    this.#processes = processes;
    this.#inMemory = inMemory;
    this.#incoming = new Spool(join(folder, "incoming"), { capacity: 0 });
  }

  /** Creates the folder. */
  async prepare(): Promise<void> {
    await this.#incoming.prepare();
  }

  async find(key: string): Promise<Derivative | null> {
    const path = this.#path(key);
    const seen = statSync(path, { throwIfNoEntry: false });
    if (!seen) return null; // the usual case: it was not requested before
    const found = this.#checked.has(key, seen)
      ? { ...unsealed(path, seen.size - SEAL_BYTES), stats: seen }
      : await openSealedFile(path, { inMemory: this.#inMemory });
    if (found === "damaged") {
      // The file may have been replaced by now; then the derivative is rendered once more.
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
    // `statSync()` takes no longer than opening the file does.
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
        // It was whole when it was published a moment ago.
        if (stats?.size === size) this.#checked.set(key, stats);
        return unsealed(target, bytes);
      },
      abandon: async ({ isEmpty = false } = {}) => {
        this.#count(-reserved, -reserved);
        if (!isEmpty) await removeLeftover(output);
      },
    };
  }

  /** Removes unfinished renders. */
  sweep(untouchedSince: number): Promise<number> {
    return this.#incoming.sweep(untouchedSince);
  }

  async forget(sources: readonly string[], { unusedSince = Infinity }: ForgetOptions = {}): Promise<number> {
    const wanted = new Set(sources);
    let forgotten = 0;
    for (const shard of new Set([...wanted].map((source) => source.slice(0, 2)))) {
      for (const key of await this.#keys(shard)) {
        if (wanted.has(sourceOfKey(key)) && (await this.#removeUnused(key, unusedSince))) forgotten++;
      }
    }
    return forgotten;
  }

  forgetCopies(sources: readonly string[]): Promise<number> {
    return this.forget(sources);
  }

  async clear(owner: string, { unusedSince = Infinity }: ForgetOptions = {}): Promise<number> {
    let cleared = 0;
    for (const shard of SHARDS) {
      for (const key of await this.#keys(shard))
        if (isKeyOfOwner(key, owner) && (await this.#removeUnused(key, unusedSince))) cleared++;
    }
    return cleared;
  }

  async sources(shard: string): Promise<readonly string[]> {
    return [...new Set((await this.#keys(shard)).map(sourceOfKey))];
  }

  async evict(): Promise<number> {
    const isSettled = this.#seen !== null && this.#estimate <= this.#capacity * HIGH_WATER;
    if (isSettled && !this.#eviction) return 0;
    this.#eviction ??= this.#evict().finally(() => {
      this.#eviction = null;
    });
    return await this.#eviction;
  }

  /** Records the use of a file. Returns its state afterwards. */
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

  /** Waits only if the new file would exceed the capacity. */
  async #makeRoom(): Promise<void> {
    if (this.#seen !== null && this.#estimate <= this.#capacity * HIGH_WATER) return;
    this.evict().catch(() => {}); // a later call tries again
    // An eviction that is already running does not know of later reservations.
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
    // Files published during the scan may count twice, which is better than not at all.
    this.#added += pending - added;
    return evicted;
  }

  /** Returns the keys that start with two hexadecimal digits. */
  async #keys(shard: string): Promise<readonly string[]> {
    const names = await readdir(join(this.#folder, shard)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names.filter(isDerivativeKey);
  }

  /** Removes a derivative unless it was used since a time. Returns whether it was removed. */
  async #removeUnused(key: string, unusedSince: number): Promise<boolean> {
    const path = this.#path(key);
    const stats = await stat(path).catch(() => null);
    if (!stats || stats.mtimeMs >= unusedSince) return false;
    await rm(path, { force: true });
    return true;
  }

  #path(key: string): string {
    if (!isDerivativeKey(key)) throw new TypeError(`Cannot use derivative key: it is "${key}"`);
    return join(this.#folder, key.slice(0, 2), key);
  }
}

function unsealed(path: string, bytes: number): Derivative {
  return { bytes, content: Bun.file(path).slice(0, bytes) };
}
