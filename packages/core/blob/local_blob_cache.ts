import type { Stats } from "node:fs";
import { link, mkdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { evictFiles } from "../derivative/evict_files.ts";
import { SingleFlight } from "../derivative/single_flight.ts";
import {
  assertBlobKey,
  type BlobContent,
  type BlobEntry,
  type BlobQuarantine,
  type BlobStore,
  digestOfKey,
  isRemote,
  type LeasingBlobStore,
  type LocalCopy,
  type OpenBlobOptions,
  SHARDS,
} from "./blob_store.ts";
import { bytesDamaged, bytesMissing, reportIfDamaged, type ReportDamage } from "./bytes_error.ts";
import { hashFile } from "./hash_file.ts";
import { removeLeftover } from "./remove_leftover.ts";
import { Spool, type SpooledFile } from "./spool.ts";
import { VerifiedContent } from "./verified_content.ts";

/** Options for {@linkcode LocalBlobCache}. */
export interface LocalBlobCacheOptions {
  /** The folder of the copies. Files published from the same volume are linked into it, which saves the first fetch. */
  readonly folder: string;
  /** The limit on cached copies, in bytes. Copies in use may exceed it. */
  readonly capacity: number;
  /** The number of processes that share the folder. Each counts what it adds this many times. @default {1} */
  readonly processes?: number;
  /** Records blobs whose bytes the store has damaged or lost. @default {async () => false} */
  readonly onDamage?: ReportDamage;
}

/** The share of the capacity left after an eviction, so that the next one is not due at once. */
const LOW_WATER = 0.88;

/** The precision of a copy's last use. Each update makes the file look changed. */
const USE_GRAIN_MILLISECONDS = 60_000;

/** The number of files remembered as whole since the start. */
const MOST_TRUSTED = 100_000;

/** How often a file may be evicted between its fetch and its use. After that, the cache fetches a private copy. */
const TRIES = 3;

/**
 * Caches the blobs of another store on the local disk and evicts the least recently used. A lease is a separate hard link, so an eviction
 * by this or another process with the same folder does not affect it.
 */
export class LocalBlobCache implements LeasingBlobStore {
  readonly #store: BlobStore;
  readonly #folder: string;
  readonly #capacity: number;
  readonly #processes: number;
  readonly #onDamage: ReportDamage;
  readonly #leased: Spool;
  readonly #fetches = new SingleFlight<void>();
  /** The states of files that are known to be whole. */
  readonly #trusted = new LRUCache<string, string>({ max: MOST_TRUSTED });
  /** Bytes found by the last scan, plus those added since. */
  #held = Infinity;
  #eviction: Promise<void> | null = null;

  constructor(store: BlobStore, options: LocalBlobCacheOptions) {
    const { folder, capacity, processes = 1, onDamage = async () => false } = options;
    this.#store = store;
    this.#folder = folder;
    this.#capacity = capacity;
    this.#processes = processes;
    this.#onDamage = onDamage;
    this.#leased = new Spool(join(folder, "leased"), { capacity: Infinity });
  }

  /** Creates the folders. */
  async prepare(): Promise<void> {
    await this.#leased.prepare();
    for (const shard of SHARDS) await mkdir(join(this.#folder, shard), { recursive: true });
  }

  async put(key: string, path: string): Promise<void> {
    await this.#store.put(key, path);
    await this.#adopt(key, path).catch(() => {}); // the copy only saves a later fetch
  }

  async lease(key: string, options?: OpenBlobOptions): Promise<LocalCopy> {
    for (let tries = 0; tries < TRIES; tries++) {
      const copy = await this.#leaseCopy(key);
      if (copy) return copy;
      await this.#fetches.run(key, async () => {
        await using file = await this.#fetch(key, options);
        await this.#adopt(key, file.path);
      });
    }
    return await this.#fetch(key, options);
  }

  async open(key: string, options?: OpenBlobOptions): Promise<BlobContent | null> {
    const content = await this.#store.open(key, options);
    if (!content || !isRemote(content) || options?.isUnchecked) return content;
    return new VerifiedContent(key, content, this.#onDamage);
  }

  async remove(key: string): Promise<void> {
    await this.dropCopy(key);
    await this.#store.remove(key);
  }

  list(beginning: string): AsyncIterable<BlobEntry> {
    return this.#store.list(beginning);
  }

  get quarantine(): BlobQuarantine {
    return this.#store.quarantine;
  }

  async dropCopy(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  /** Removes leases that dead processes left behind. Returns how many. */
  async sweep(untouchedSince: number): Promise<number> {
    return await this.#leased.sweep(untouchedSince);
  }

  /** Returns a lease of the local copy, or `null` if there is none or it is damaged. */
  async #leaseCopy(key: string): Promise<LocalCopy | null> {
    const path = this.#leased.newPath();
    const isHere = await link(this.#path(key), path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return false;
        throw error;
      },
    );
    if (!isHere) return null;
    const dispose = () => removeLeftover(path);
    const stats = await stat(path);
    if (this.#trusted.get(key) === stateOf(stats) || (await this.#isWhole(key, path))) {
      await this.#use(key, path, stats).catch(() => {}); // the next use is recorded again
      return { path, [Symbol.asyncDispose]: dispose };
    }
    await Promise.all([dispose(), rm(this.#path(key), { force: true })]);
    return null;
  }

  /** Checks the SHA-256 of a copy, which a power cut or a disk may have damaged. */
  async #isWhole(key: string, path: string): Promise<boolean> {
    const { hasher } = await hashFile(path, "sha256");
    return hasher.digest("hex") === digestOfKey(key);
  }

  /** Records the use of a copy, and its state after that. */
  async #use(key: string, path: string, stats: Stats): Promise<void> {
    const now = Date.now();
    const isStale = now - stats.mtimeMs > USE_GRAIN_MILLISECONDS;
    // This also updates the copy, because both names are one file.
    if (isStale) await utimes(path, now / 1000, now / 1000);
    this.#trusted.set(key, stateOf(isStale ? await stat(path) : stats));
  }

  /** @throws {ProgImageError} `damaged`, `unavailable` */
  async #fetch(key: string, options?: OpenBlobOptions): Promise<SpooledFile> {
    try {
      return await this.#fetchWhole(key, options);
    } catch (error) {
      throw await reportIfDamaged(error, key, this.#onDamage);
    }
  }

  async #fetchWhole(key: string, options?: OpenBlobOptions): Promise<SpooledFile> {
    const content = await this.#store.open(key, options);
    if (!content) throw bytesMissing(key);
    const file = await this.#leased.receive(content.stream(), { limit: content.size });
    if (file.sha256 === digestOfKey(key)) return file;
    await file[Symbol.asyncDispose]();
    throw bytesDamaged(key, "their SHA-256 is another one");
  }

  /** Links a whole file into its place and evicts others if necessary. */
  async #adopt(key: string, path: string): Promise<void> {
    const isNew = await link(path, this.#path(key)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return false;
        throw error;
      },
    );
    const stats = await stat(path);
    if (isNew) this.#trusted.set(key, stateOf(stats));
    this.#held += stats.size * this.#processes;
    if (this.#held <= this.#capacity) return;
    this.#eviction ??= this.#evict().finally(() => {
      this.#eviction = null;
    });
    this.#eviction.catch(() => {}); // the next addition tries again
  }

  async #evict(): Promise<void> {
    const { left } = await evictFiles(
      SHARDS.map((shard) => join(this.#folder, shard)),
      { capacity: this.#capacity, target: this.#capacity * LOW_WATER },
    );
    this.#held = left;
  }

  #path(key: string): string {
    assertBlobKey(key);
    return join(this.#folder, key.slice(0, 2), key);
  }
}

/** Returns a text that differs after each change of a file's bytes. A new link, such as a lease, does not change it. */
function stateOf({ ino, mtimeMs, size }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`;
}
