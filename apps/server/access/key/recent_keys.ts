import type { AccessKey, KeyRecords } from "@progimage/core";
import { LRUCache } from "lru-cache";
import type { ChargeLookUp } from "../charge_look_up.ts";
import type { KeyDirectory } from "../key_directory.ts";
import { RecentReadings, type RecentReadingsOptions } from "../recent_readings.ts";

/** Options for {@linkcode RecentKeys}. */
export interface RecentKeysOptions extends Omit<RecentReadingsOptions, "keepsAbsence"> {
  /** Keys of the configuration, which are always valid. @default {[]} */
  readonly fixed?: readonly AccessKey[];
  /** Returns the time in milliseconds since 1970. */
  readonly now?: () => number;
}

/** The maximum number of keys whose last use is remembered. */
const CAPACITY = 10_000;

const DAY = 86_400_000;

/** Remembers keys for a second, in front of their records: a revoked key is refused after that. */
export class RecentKeys implements KeyDirectory {
  readonly #records: Pick<KeyRecords, "markUsed">;
  readonly #readings: RecentReadings<AccessKey>;
  readonly #fixed: ReadonlyMap<string, AccessKey>;
  readonly #now: () => number;
  readonly #usedOn = new LRUCache<string, number>({ max: CAPACITY });

  constructor(records: Pick<KeyRecords, "find" | "markUsed">, options: RecentKeysOptions = {}) {
    const { fixed = [], now = Date.now } = options;
    this.#records = records;
    this.#readings = new RecentReadings((id) => records.find(id), options);
    this.#fixed = new Map(fixed.map((key) => [key.id, key]));
    this.#now = now;
  }

  find(id: string, charge?: ChargeLookUp): AccessKey | null | Promise<AccessKey | null> {
    return this.#fixed.get(id) ?? this.#readings.find(id, charge);
  }

  noteUse({ id, lastUsedAt }: AccessKey): void {
    const day = Math.floor(this.#now() / DAY) * DAY;
    if (this.#fixed.has(id) || (lastUsedAt ?? -1) >= day || this.#usedOn.get(id) === day) return;
    this.#usedOn.set(id, day);
    // The next use records it if the database is down.
    this.#records.markUsed(id, day).catch(() => this.#usedOn.delete(id));
  }

  forget(id: string): void {
    this.#readings.forget(id);
  }
}
