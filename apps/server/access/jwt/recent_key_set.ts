import { ProgImageError } from "@progimage/core";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** Options for {@linkcode RecentKeySet}. */
export interface RecentKeySetOptions {
  readonly fetch: () => Promise<JSONWebKeySet>;
  /** Returns milliseconds of a monotonic clock. */
  readonly elapsed: () => number;
  /** Called with the reason when a set cannot be fetched. */
  readonly onFailure: (reason: unknown) => void;
}

/** The shortest time between two fetches. Callers can invent ids of keys. */
const PAUSE = 60_000;

/** The same after a fetch that has failed. */
const PAUSE_AFTER_FAILURE = 10_000;

/** The age at which a set is fetched again, so that keys that were withdrawn are forgotten. */
const FRESH = 300_000;

/** The age up to which a set is used while no newer one can be fetched. */
const LONGEST_OUTAGE = 3_600_000;

interface FetchedSet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly fetchedAt: number;
}

/** Remembers the set of keys of an issuer. */
export class RecentKeySet {
  readonly #options: RecentKeySetOptions;
  #set: FetchedSet | null = null;
  #nextFetchAt = -Infinity;
  #fetching: Promise<void> | null = null;

  constructor(options: RecentKeySetOptions) {
    this.#options = options;
  }

  /**
   * Returns the public key of a token. An unknown one is looked for in a new set, at most once a minute.
   *
   * @throws {JWKSNoMatchingKey}
   * @throws {ProgImageError} `unavailable` if it is unknown because no set can be fetched
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#ageOf(this.#set) > FRESH) {
      const fetching = this.#fetch();
      if (this.#ageOf(this.#set) > LONGEST_OUTAGE) await fetching;
    }
    const before = this.#usableSet();
    try {
      return await before.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#fetch();
      const after = this.#usableSet();
      // The key may be one that was added while no set could be fetched.
      if (after === before && this.#hasFailed) throw unavailable();
      if (after === before) throw error;
      return await after.find(header, token);
    }
  };

  #hasFailed = false;

  #ageOf(set: FetchedSet | null): number {
    return set ? this.#options.elapsed() - set.fetchedAt : Infinity;
  }

  #usableSet(): FetchedSet {
    if (this.#set && this.#ageOf(this.#set) <= LONGEST_OUTAGE) return this.#set;
    throw unavailable();
  }

  /** Fetches the set unless that was done a moment ago. Never rejects. */
  async #fetch(): Promise<void> {
    if (!this.#fetching && this.#options.elapsed() < this.#nextFetchAt) return;
    this.#fetching ??= this.#fetchOnce().finally(() => (this.#fetching = null));
    await this.#fetching;
  }

  async #fetchOnce(): Promise<void> {
    const { elapsed, fetch, onFailure } = this.#options;
    const fetchedAt = elapsed();
    try {
      this.#set = { find: createLocalJWKSet(await fetch()), fetchedAt };
      this.#hasFailed = false;
      this.#nextFetchAt = elapsed() + PAUSE;
    } catch (error) {
      this.#hasFailed = true;
      this.#nextFetchAt = elapsed() + PAUSE_AFTER_FAILURE;
      onFailure(error);
    }
  }
}

function unavailable(): ProgImageError {
  const message = "Cannot verify the token as the keys of its issuer cannot be fetched: try again later";
  return new ProgImageError("unavailable", message, { details: { retryAfter: PAUSE_AFTER_FAILURE / 1000 } });
}
