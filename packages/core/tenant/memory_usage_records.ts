import type { MemoryTables } from "../database/memory_tables.ts";
import { countUse, setLimits } from "../database/memory_usage.ts";
import type { StorageLimits, StorageUse, UsageRecords } from "./usage_records.ts";
import { unlimitedUse, useOf } from "./usage_row.ts";

/** The stored images of owners in memory. */
export class MemoryUsageRecords implements UsageRecords {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async setLimits(owner: string, limits: StorageLimits): Promise<void> {
    setLimits(this.#tables, owner, limits);
  }

  async read(owner: string): Promise<StorageUse> {
    const known = this.#tables.usage.get(owner);
    return known ? useOf(known) : unlimitedUse(countUse(this.#tables, owner));
  }
}
