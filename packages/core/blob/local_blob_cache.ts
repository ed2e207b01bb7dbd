import { link, mkdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { evictFiles } from "../derivative/evict_files.ts";
import { SingleFlight } from "../derivative/single_flight.ts";
import { ProgImageError } from "../error.ts";
import {
  assertBlobKey,
  type BlobContent,
  type BlobEntry,
  type BlobQuarantine,
  type BlobStore,
  digestOfKey,
  type LeasingBlobStore,
  type LocalCopy,
  type OpenBlobOptions,
  SHARDS,
} from "./blob_store.ts";
import { removeLeftover } from "./remove_leftover.ts";
import { Spool } from "./spool.ts";

/** Options for {@linkcode LocalBlobCache}. */
export interface LocalBlobCacheOptions {
  /** Where copies are. What is published from the same volume need not be fetched back. */
  readonly folder: string;
  /** Bytes of copies that are kept. Those in use stay beyond that. */
  readonly capacity: number;
  /** Processes that keep copies in the same folder. Each counts for all. @default {1} */
  readonly processes?: number;
}

/** How far it empties itself when it is full, so that it does not have to again at once. */
const LOW_WATER = 0.88;

/** Files that were seen to be whole since the start. */
const MOST_TRUSTED = 100_000;

/** How often a file may be evicted between its coming and its use before one is fetched that nobody else sees. */
const TRIES = 3;

/**
 * Another store, whose blobs are copied to the local disk when a file is needed, and kept there, those used last. A lease is a link of
 * its own: whoever evicts the copy, this or another process with the same folder, takes nothing away from it.
 */
export class LocalBlobCache implements LeasingBlobStore {
  readonly #store: BlobStore;
  readonly #folder: string;
  readonly #capacity: number;
  readonly #processes: number;
  readonly #leased: Spool;
  readonly #fetches = new SingleFlight<void>();
  readonly #trusted = new LRUCache<string, true>({ max: MOST_TRUSTED });
  /** Bytes at the last look and what came since. */
  #held = Infinity;
  #eviction: Promise<void> | null = null;

  constructor(store: BlobStore, { folder, capacity, processes = 1 }: LocalBlobCacheOptions) {
    this.#store = store;
    this.#folder = folder;
    this.#capacity = capacity;
    this.#processes = processes;
    this.#leased = new Spool(join(folder, "leased"), { capacity: Infinity });
  }

  /** Makes the folders. */
  async prepare(): Promise<void> {
    await this.#leased.prepare();
    for (const shard of SHARDS) await mkdir(join(this.#folder, shard), { recursive: true });
  }

  async put(key: string, path: string): Promise<void> {
    await this.#store.put(key, path);
    await this.#adopt(key, path).catch(() => {}); // only a later fetch is saved by it
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
    return await this.#store.open(key, options);
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

  /** Removes leases that dead processes have left behind. Gives how many. */
  async sweep(untouchedSince: number): Promise<number> {
    return await this.#leased.sweep(untouchedSince);
  }

  /** Gives a lease of the copy that is here, if it is whole. */
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
    const now = Date.now() / 1000;
    await utimes(path, now, now).catch(() => {}); // the copy's as well: they are one file
    if (this.#trusted.has(key) || (await this.#isWhole(key, path)))
      return { path, [Symbol.asyncDispose]: dispose };
    await Promise.all([dispose(), rm(this.#path(key), { force: true })]);
    return null;
  }

  /** A power cut may have left a copy from before that is not what it should be. */
  async #isWhole(key: string, path: string): Promise<boolean> {
    const hasher = new Bun.CryptoHasher("sha256");
    for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
    if (hasher.digest("hex") !== digestOfKey(key)) return false;
    this.#trusted.set(key, true);
    return true;
  }

  async #fetch(key: string, options?: OpenBlobOptions) {
    const content = await this.#store.open(key, options);
    if (!content)
      throw new ProgImageError("unavailable", "Cannot read image as its bytes are missing from the store");
    const file = await this.#leased.receive(content.stream(), { limit: content.size });
    if (file.sha256 === digestOfKey(key)) return file;
    await file[Symbol.asyncDispose]();
    throw new ProgImageError(
      "unavailable",
      "Cannot read image as the store gives other bytes than it was given",
    );
  }

  /** Links a whole file into its place, and makes room for it. */
  async #adopt(key: string, path: string): Promise<void> {
    await link(path, this.#path(key)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    this.#trusted.set(key, true);
    this.#held += (await stat(path)).size * this.#processes;
    if (this.#held <= this.#capacity) return;
    this.#eviction ??= this.#evict().finally(() => {
      this.#eviction = null;
    });
    this.#eviction.catch(() => {}); // the next one that comes tries again
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
