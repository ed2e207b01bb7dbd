import { type AccessKey, CatalogPresence, isProgImageError, type KeyRecords } from "@progimage/core";
import { LRUCache } from "lru-cache";
import type { KeyDirectory } from "../key_directory.ts";

/** Options for {@linkcode RecentKeys}. */
export interface RecentKeysOptions {
  /** Keys of the configuration, which are always valid. @default {[]} */
  readonly fixed?: readonly AccessKey[];
  /** Milliseconds for which remembered keys are used while the database is down. @default {0} */
  readonly outage?: number;
  /** Returns the time in milliseconds since 1970. */
  readonly now?: () => number;
  /** Returns milliseconds of a monotonic clock. */
  readonly elapsed?: () => number;
}

/** A key that was read, or the knowledge that there is none. */
interface Reading {
  readonly key: AccessKey | null;
  readonly readAt: number;
}

/** Milliseconds for which a key is used without reading it again: a revoked key is refused after that. */
const LIFETIME = 1_000;

/** The maximum number of remembered keys, and of ids that no key has. Callers can invent ids. */
const CAPACITY = 10_000;

const DAY = 86_400_000;

/** Remembers keys for a second, in front of their records. */
export class RecentKeys implements KeyDirectory {
  readonly #records: Pick<KeyRecords, "find" | "markUsed">;
  readonly #fixed: ReadonlyMap<string, AccessKey>;
  readonly #outage: number;
  readonly #now: () => number;
  readonly #elapsed: () => number;
  readonly #presence: CatalogPresence;
  readonly #known = new LRUCache<string, Reading>({ max: CAPACITY });
  readonly #absent = new LRUCache<string, Reading>({ max: CAPACITY });
  readonly #underWay = new Map<string, Promise<AccessKey | null>>();
  readonly #usedOn = new LRUCache<string, number>({ max: CAPACITY });
  #askedAt = -Infinity;

  constructor(records: Pick<KeyRecords, "find" | "markUsed">, options: RecentKeysOptions = {}) {
    const { elapsed = () => performance.now(), fixed = [], now = Date.now, outage = 0 } = options;
    this.#records = records;
    this.#fixed = new Map(fixed.map((key) => [key.id, key]));
    this.#outage = outage;
    this.#now = now;
    this.#elapsed = elapsed;
    this.#presence = new CatalogPresence(elapsed);
  }

  find(id: string): AccessKey | null | Promise<AccessKey | null> {
    const known = this.#known.get(id) ?? this.#absent.get(id);
    if (known && known.readAt + LIFETIME > this.#elapsed()) return known.key;
    return this.#fixed.get(id) ?? this.#recallInFailure(id) ?? this.#look(id);
  }

  noteUse({ id, lastUsedAt }: AccessKey): void {
    const day = Math.floor(this.#now() / DAY) * DAY;
    if (this.#fixed.has(id) || (lastUsedAt ?? -1) >= day || this.#usedOn.get(id) === day) return;
    this.#usedOn.set(id, day);
    // The next use records it if the database is down.
    this.#records.markUsed(id, day).catch(() => this.#usedOn.delete(id));
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#absent.delete(id);
    this.#underWay.delete(id);
  }

  async #look(id: string): Promise<AccessKey | null> {
    const { failure } = this.#presence;
    if (failure) throw failure;
    const reading = this.#read(id);
    if (!this.#recall(id)) return await reading;
    return await this.#presence.unlessSilent(reading).catch((error: unknown) => {
      const isDown = isProgImageError(error) && (error.code === "unavailable" || error.code === "busy");
      const known = isDown ? this.#recall(id) : null;
      if (known) return known;
      throw error;
    });
  }

  /** Returns a remembered key while the database is down, and checks once a second whether that is over. */
  #recallInFailure(id: string): AccessKey | null {
    if (!this.#presence.failure) return null;
    if (this.#elapsed() - this.#askedAt >= LIFETIME) this.#read(id).catch(() => {});
    return this.#recall(id);
  }

  /** Returns a key as it was before the database failed. An id without a key may have one by now. */
  #recall(id: string): AccessKey | null {
    const known = this.#known.get(id);
    return known && known.readAt + this.#outage > this.#elapsed() ? known.key : null;
  }

  #read(id: string): Promise<AccessKey | null> {
    const underWay = this.#underWay.get(id);
    if (underWay) return underWay;
    const readAt = this.#elapsed();
    this.#askedAt = readAt;
    const reading = this.#presence
      .ask(() => this.#records.find(id))
      .then((key) => {
        // A key that was changed meanwhile must be read again.
        if (this.#underWay.get(id) === reading) this.#remember(id, { key, readAt });
        return key;
      })
      .finally(() => {
        if (this.#underWay.get(id) === reading) this.#underWay.delete(id);
      });
    this.#underWay.set(id, reading);
    return reading;
  }

  #remember(id: string, reading: Reading): void {
    const [there, elsewhere] = reading.key ? [this.#known, this.#absent] : [this.#absent, this.#known];
    there.set(id, reading);
    elsewhere.delete(id);
  }
}
