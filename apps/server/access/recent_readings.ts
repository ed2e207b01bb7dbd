import { CatalogPresence, isProgImageError } from "@progimage/core";
import { LRUCache } from "lru-cache";
import type { ChargeLookUp } from "./charge_look_up.ts";

/** Options for {@linkcode RecentReadings}. */
export interface RecentReadingsOptions {
  /** Milliseconds for which remembered values are used while the database is down. @default {0} */
  readonly outage?: number;
  /** Whether the absence of a value is used meanwhile, too. Without it, the value may exist by now. @default {false} */
  readonly keepsAbsence?: boolean;
  /** Whether the database answers. Readings from one database share it. */
  readonly presence?: CatalogPresence;
  /** Returns milliseconds of a monotonic clock. */
  readonly elapsed?: () => number;
}

/** A value that was read, or the knowledge that there is none. */
interface Reading<T> {
  readonly value: T | null;
  readonly readAt: number;
}

/** Milliseconds for which a value is used without reading it again. */
const LIFETIME = 1_000;

/** The maximum number of remembered values, and of names without one. Callers can invent names. */
const CAPACITY = 10_000;

/** Remembers values of a database for a second, and for a bounded time while the database is down. */
export class RecentReadings<T extends object> {
  readonly #records: (name: string) => Promise<T | null>;
  readonly #outage: number;
  readonly #keepsAbsence: boolean;
  readonly #elapsed: () => number;
  readonly #presence: CatalogPresence;
  readonly #known = new LRUCache<string, Reading<T>>({ max: CAPACITY });
  readonly #absent = new LRUCache<string, Reading<T>>({ max: CAPACITY });
  readonly #underWay = new Map<string, Promise<T | null>>();
  #askedAt = -Infinity;

  /** @param read Reads a value from the database */
  constructor(read: (name: string) => Promise<T | null>, options: RecentReadingsOptions = {}) {
    const { elapsed = () => performance.now(), outage = 0, keepsAbsence = false } = options;
    this.#records = read;
    this.#outage = outage;
    this.#keepsAbsence = keepsAbsence;
    this.#elapsed = elapsed;
    this.#presence = options.presence ?? new CatalogPresence(elapsed);
  }

  /**
   * Returns a value as it was within the last second, or longer ago while the database is down. Waits only for one that is not
   * remembered.
   *
   * @param charge Takes a token for a value that is not remembered, which is given back if there is one
   * @throws {ProgImageError} `unavailable` or `busy` while the database is down, for a value that is not remembered
   */
  find(name: string, charge?: ChargeLookUp): T | null | Promise<T | null> {
    const known = this.#known.get(name) ?? this.#absent.get(name);
    if (known && known.readAt + LIFETIME > this.#elapsed()) return known.value;
    const { failure } = this.#presence;
    if (!failure) return this.#look(name, charge);
    // Once a second, whether that is over.
    if (this.#elapsed() - this.#askedAt >= LIFETIME) this.#read(name).catch(() => {});
    const lasting = this.#recall(name);
    return lasting ? lasting.value : Promise.reject(failure);
  }

  /** Returns a value as it was read last, however long ago; `null` if it never was. */
  last(name: string): T | null {
    return this.#known.get(name)?.value ?? null;
  }

  /** Forgets a value that this process has changed; without a name, all. */
  forget(name?: string): void {
    for (const memory of [this.#known, this.#absent, this.#underWay])
      if (name === undefined) memory.clear();
      else memory.delete(name);
  }

  async #look(name: string, charge?: ChargeLookUp): Promise<T | null> {
    if (!this.#remembered(name)) return await this.#lookCharged(name, charge);
    const reading = this.#read(name);
    if (!this.#recall(name)) return await reading;
    return await this.#presence.unlessSilent(reading).catch((error: unknown) => {
      const isDown = isProgImageError(error) && (error.code === "unavailable" || error.code === "busy");
      const lasting = isDown ? this.#recall(name) : null;
      if (lasting) return lasting.value;
      throw error;
    });
  }

  async #lookCharged(name: string, charge?: ChargeLookUp): Promise<T | null> {
    const giveBack = this.#underWay.has(name) ? undefined : charge?.();
    const value = await this.#read(name);
    if (value) giveBack?.();
    return value;
  }

  /** Returns a reading of any age. */
  #remembered(name: string): Reading<T> | undefined {
    return this.#known.get(name) ?? (this.#keepsAbsence ? this.#absent.get(name) : undefined);
  }

  /** Returns a reading from before the database failed, if it may still be used. */
  #recall(name: string): Reading<T> | null {
    const known = this.#remembered(name);
    return known && known.readAt + this.#outage > this.#elapsed() ? known : null;
  }

  #read(name: string): Promise<T | null> {
    const underWay = this.#underWay.get(name);
    if (underWay) return underWay;
    const readAt = this.#elapsed();
    this.#askedAt = readAt;
    const reading = this.#presence
      .ask(() => this.#records(name))
      .then((value) => {
        // A value that was changed meanwhile must be read again.
        if (this.#underWay.get(name) === reading) this.#remember(name, { value, readAt });
        return value;
      })
      .finally(() => {
        if (this.#underWay.get(name) === reading) this.#underWay.delete(name);
      });
    this.#underWay.set(name, reading);
    return reading;
  }

  #remember(name: string, reading: Reading<T>): void {
    const [there, elsewhere] = reading.value ? [this.#known, this.#absent] : [this.#absent, this.#known];
    there.set(name, reading);
    elsewhere.delete(name);
  }
}
