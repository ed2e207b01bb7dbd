import { LRUCache } from "lru-cache";
import type { Derivative, DerivativeCache, DerivativePlace, ForgetOptions } from "./derivative_cache.ts";
import { derivativeSource } from "./derivative_key.ts";

/** Options for {@linkcode HotDerivativeCache}. */
export interface HotDerivativeCacheOptions {
  /** Bytes of derivatives that are held in memory. */
  readonly capacity: number;
  /** Bytes of the largest one that is. @default {262_144} */
  readonly largest?: number;
}

/** Bytes of the largest derivative that is held in memory, unless an option says otherwise. */
export const HOT_BYTES = 262_144;

/** Derivatives that are read into memory at a time while they are sent from where they lie: each costs more than sending it. */
const MOST_WARMING = 4;

/** Another cache, whose small derivatives are also held in memory, those used last: from the second time on that they are asked for. */
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

  /** What is in memory goes in this process alone: others do not ask for it any more. */
  forget(sources: readonly string[], options?: ForgetOptions): Promise<number> {
    this.#forgetHot(sources);
    return this.#cache.forget(sources, options);
  }

  forgetCopies(sources: readonly string[]): Promise<number> {
    this.#forgetHot(sources);
    return this.#cache.forgetCopies(sources);
  }

  clear(options?: ForgetOptions): Promise<number> {
    this.#hot.clear();
    return this.#cache.clear(options);
  }

  sources(shard: string): Promise<readonly string[]> {
    return this.#cache.sources(shard);
  }

  #forgetHot(sources: readonly string[]): void {
    const beginnings = new Set(sources.map(derivativeSource));
    for (const key of [...this.#hot.keys()]) if (beginnings.has(derivativeSource(key))) this.#hot.delete(key);
  }

  /** Gives a derivative from memory if it is small enough; `null` if it was evicted meanwhile. */
  async #warm(key: string, found: Derivative): Promise<Derivative | null> {
    const { bytes, content } = found;
    if (bytes > this.#largest) return found;
    const read = content instanceof Uint8Array ? content : await this.#read(content);
    if (read?.length !== bytes) return null;
    const hot = { bytes, content: read };
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
