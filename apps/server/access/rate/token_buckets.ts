import { LRUCache } from "lru-cache";

/** A rate, and how much may come at once. */
export interface Rate {
  /** The tokens that a bucket gets in a millisecond. */
  readonly perMillisecond: number;
  /** The tokens of a full bucket. */
  readonly capacity: number;
}

/** Options for {@linkcode TokenBuckets}. */
export interface TokenBucketsOptions {
  /** The most buckets that are remembered. The least recently used ones become full again. */
  readonly keys: number;
  /** Returns the milliseconds since any moment. */
  readonly now: () => number;
}

/**
 * Token buckets by key. Each is one number: the time at which it is full again. So nothing has to be done while time passes, and a bucket
 * that is not there is full.
 *
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export class TokenBuckets {
  readonly #fullAt: LRUCache<string, number>;
  readonly #now: () => number;

  constructor({ keys, now }: TokenBucketsOptions) {
    this.#fullAt = new LRUCache({ max: keys });
    this.#now = now;
  }

  /** Returns the tokens in a bucket; negative if more was taken than it had. */
  level(key: string, { capacity, perMillisecond }: Rate): number {
    return capacity - Math.max(0, (this.#fullAt.get(key) ?? 0) - this.#now()) * perMillisecond;
  }

  /** Takes tokens from a bucket, also those that it does not have. Returns those that are left. */
  take(key: string, tokens: number, { capacity, perMillisecond }: Rate): number {
    const now = this.#now();
    const untilFull = Math.max(0, (this.#fullAt.get(key) ?? 0) - now) + tokens / perMillisecond;
    this.#fullAt.set(key, now + untilFull);
    return capacity - untilFull * perMillisecond;
  }
}
