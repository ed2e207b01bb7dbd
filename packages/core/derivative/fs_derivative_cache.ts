import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { SHARDS } from "../blob/blob_store.ts";
import { Spool } from "../blob/spool.ts";
import type { DerivativeCache, ForgetOptions } from "./derivative_cache.ts";

/** Options for {@linkcode FsDerivativeCache}. */
export interface FsDerivativeCacheOptions {
  /** Bytes that it may hold. */
  readonly capacity: number;
}

const KEY_REGEXP = /^[0-9a-f]{32}-[0-9a-f]{64}$/;

/** What a key has of the digest of its source. */
const SOURCE_DIGITS = 32;

/** How stale the record of a file's last use may be: rarer writes, coarser order. */
const USE_GRAIN_MILLISECONDS = 3_600_000;

/** How far it empties itself once it is full, so that it does not have to again at once. */
const LOW_WATER = 0.9;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/** Derivatives as files in one level of 256 folders. The file system is the only record: any process may join or leave. */
export class FsDerivativeCache implements DerivativeCache {
  readonly #folder: string;
  readonly #capacity: number;
  readonly #incoming: Spool;
  /** Bytes at the last look, and those kept since. */
  #estimate = 0;
  #eviction: Promise<number> | null = null;

  constructor(folder: string, options: FsDerivativeCacheOptions) {
    this.#folder = folder;
    this.#capacity = options.capacity;
    this.#incoming = new Spool(join(folder, "incoming"), { capacity: 0 });
  }

  /** Makes the folder. */
  async prepare(): Promise<void> {
    await this.#incoming.prepare();
  }

  async find(key: string): Promise<string | null> {
    const path = this.#path(key);
    const stats = await stat(path).catch(() => null);
    if (!stats?.size) return null; // also what a power cut has left without its bytes
    const now = Date.now();
    if (now - stats.mtimeMs > USE_GRAIN_MILLISECONDS)
      await utimes(path, now / 1000, now / 1000).catch(() => {});
    return path;
  }

  newPath(): string {
    return this.#incoming.newPath();
  }

  async keep(key: string, path: string, bytes: number): Promise<string> {
    const target = this.#path(key);
    try {
      await rename(path, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      await mkdir(join(this.#folder, key.slice(0, 2)), { recursive: true });
      await rename(path, target);
    }
    this.#estimate += bytes;
    if (this.#estimate > this.#capacity) void this.evict().catch(() => {});
    return target;
  }

  /** Removes renders that nobody finished. */
  sweep(untouchedSince: number): Promise<number> {
    return this.#incoming.sweep(untouchedSince);
  }

  async forget(sources: readonly string[], { unusedSince = Infinity }: ForgetOptions = {}): Promise<number> {
    const wanted = new Set(sources.map(sourceOf));
    let forgotten = 0;
    for (const shard of new Set([...wanted].map((source) => source.slice(0, 2)))) {
      for (const key of await this.#keys(shard)) {
        if (wanted.has(sourceOf(key)) && (await this.#removeUnused(key, unusedSince))) forgotten++;
      }
    }
    return forgotten;
  }

  async clear({ unusedSince = Infinity }: ForgetOptions = {}): Promise<number> {
    let cleared = 0;
    for (const shard of SHARDS) {
      for (const key of await this.#keys(shard)) if (await this.#removeUnused(key, unusedSince)) cleared++;
    }
    return cleared;
  }

  async sources(shard: string): Promise<readonly string[]> {
    return [...new Set((await this.#keys(shard)).map(sourceOf))];
  }

  evict(): Promise<number> {
    this.#eviction ??= this.#evict().finally(() => {
      this.#eviction = null;
    });
    return this.#eviction;
  }

  async #evict(): Promise<number> {
    const entries = await this.#entries();
    this.#estimate = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    if (this.#estimate <= this.#capacity) return 0;
    let evicted = 0;
    for (const { path, bytes } of entries.sort((one, other) => one.usedAt - other.usedAt)) {
      if (this.#estimate <= this.#capacity * LOW_WATER) break;
      await rm(path, { force: true });
      this.#estimate -= bytes;
      evicted++;
    }
    return evicted;
  }

  async #entries(): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const shard of await readdir(this.#folder)) {
      if (shard.length !== 2) continue;
      for (const name of await readdir(join(this.#folder, shard))) {
        const path = join(this.#folder, shard, name);
        const stats = await stat(path).catch(() => null);
        if (stats) entries.push({ path, bytes: stats.size, usedAt: stats.mtimeMs });
      }
    }
    return entries;
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

/** Gives what is in a key of its source: the first 32 digits of its SHA-256. */
function sourceOf(keyOrDigest: string): string {
  return keyOrDigest.slice(0, SOURCE_DIGITS);
}
