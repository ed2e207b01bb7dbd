import { LRUCache } from "lru-cache";
import type { Derivative, DerivativeCache, DerivativePlace, ForgetOptions } from "./derivative_cache.ts";
import { isKeyOfOwner, sourceOfKey } from "./derivative_key.ts";

/** Options for {@linkcode HotDerivativeCache}. */
export interface HotDerivativeCacheOptions {
  /** The maximum size of all derivatives in memory, in bytes. */
  readonly capacity: number;
  /** The maximum size of one derivative in memory, in bytes. @default {262_144} */
  readonly largest?: number;
}

/** The default maximum size of a derivative in memory, in bytes. */
export const HOT_BYTES = 262_144;

/** The number of derivatives read into memory at a time while they are sent from disk. Reading one costs more than sending it. */
const MOST_WARMING = 4;

/** Adds a memory cache to another cache. It holds the small derivatives that were used last, from their second request on. */
export class HotDerivativeCache implements DerivativeCache {
  readonly #cache: DerivativeCache;
  readonly #largest: number;
  readonly #hot: LRUCache<string, Derivative>;
  #warming = 0;

  constructor(cache: DerivativeCache, { capacity, largest = HOT_BYTES }: HotDerivativeCacheOptions) {
    this.#cache = cache;
    this.#largest = largest;
    this.#hot = new LRUCache({
      maxSize: capacity,
      maxEntrySize: capacity,
      sizeCalculation: ({ bytes }) => bytes,
    });
  }

  async find(key: string): Promise<Derivative | null> {
    const hot = this.#hot.get(key);
    if (hot) return hot;
    const found = await this.#cache.find(key);
    return found && (await this.#warm(key, found));
  }

  recall(key: string): Derivative | null {
    const hot = this.#hot.get(key);
    if (hot) return hot;
    const found = this.#cache.recall(key);
    if (found && this.#warming < MOST_WARMING) void this.#warm(key, found);
    return found;
  }

  reserve(key: string): Promise<DerivativePlace> {
    return this.#cache.reserve(key);
  }

  evict(): Promise<number> {
    return this.#cache.evict();
  }

  /** Removes derivatives from the memory of this process only. Other processes no longer request them. */
  forget(sources: readonly string[], options?: ForgetOptions): Promise<number> {
    this.#forgetSources(sources);
    return this.#cache.forget(sources, options);
  }

  forgetCopies(sources: readonly string[]): Promise<number> {
    this.#forgetSources(sources);
    return this.#cache.forgetCopies(sources);
  }

  clear(owner: string, options?: ForgetOptions): Promise<number> {
    this.#forgetHot((key) => isKeyOfOwner(key, owner));
    return this.#cache.clear(owner, options);
  }

  sources(shard: string): Promise<readonly string[]> {
    return this.#cache.sources(shard);
  }

  #forgetSources(sources: readonly string[]): void {
    const forgotten = new Set(sources);
    this.#forgetHot((key) => forgotten.has(sourceOfKey(key)));
  }

  #forgetHot(isForgotten: (key: string) => boolean): void {
    for (const key of [...this.#hot.keys()]) if (isForgotten(key)) this.#hot.delete(key);
  }

  /** Returns a derivative from memory if it is small enough; `null` if it was evicted meanwhile. */
  async #warm(key: string, found: Derivative): Promise<Derivative | null> {
    const { bytes, content } = found;
    if (bytes > this.#largest) return found;
    const read = content instanceof Uint8Array ? content : await this.#read(content);
    if (read?.length !== bytes) return null;
    // Each answer would copy an array, but not a blob.
    const hot = { bytes, content: new Blob([read]) };
    this.#hot.set(key, hot);
    return hot;
  }

  async #read(content: Blob): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#warming++;
    const read = await content.bytes().catch(() => null);
    this.#warming--;
    return read;
  }
}
