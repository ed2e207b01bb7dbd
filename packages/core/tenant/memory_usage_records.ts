import type { MemoryTables } from "../database/memory_tables.ts";
import type { StorageLimits, StorageUse, UsageRecords } from "./usage_records.ts";
import { type CountedUse, isUnlimited, unlimitedUse, useByOwner, useOf } from "./usage_row.ts";

/** The stored images of owners in memory. */
export class MemoryUsageRecords implements UsageRecords {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async setLimits(owner: string, limits: StorageLimits): Promise<void> {
    if (isUnlimited(limits)) return void this.#tables.usage.delete(owner);
    const set = { maxImages: limits.images, maxBytes: limits.bytes };
    const known = this.#tables.usage.get(owner) ?? { owner, ...this.#count(owner) };
    this.#tables.usage.set(owner, { ...known, ...set });
  }

  async read(owner: string): Promise<StorageUse> {
    const known = this.#tables.usage.get(owner);
    return known ? useOf(known) : unlimitedUse(this.#count(owner));
  }

  #count(owner: string): CountedUse {
    const all = [...this.#tables.images.values(), ...this.#tables.deletedImages.values()];
    return useByOwner(all).get(owner) ?? { images: 0, bytes: 0 };
  }
}
