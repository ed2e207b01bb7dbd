import type { MemoryTables } from "../database/memory_tables.ts";
import { type Removal, type RemovalRecord, removedAmong } from "./removal_record.ts";

/** The record of removals in memory. */
export class MemoryRemovalRecord implements RemovalRecord {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async pending(limit: number): Promise<readonly Removal[]> {
    return [...this.#tables.removals.values()]
      .filter(({ isDone }) => !isDone)
      .sort((one, other) => one.removedAt - other.removedAt)
      .slice(0, limit)
      .map(removalOf);
  }

  async list(
    { key, removedAt }: Pick<Removal, "key" | "removedAt">,
    limit: number,
  ): Promise<readonly Removal[]> {
    return [...this.#tables.removals.values()]
      .filter((each) => each.removedAt > removedAt || (each.removedAt === removedAt && each.key > key))
      .sort((one, other) => one.removedAt - other.removedAt || (one.key < other.key ? -1 : 1))
      .slice(0, limit)
      .map(removalOf);
  }

  async finish(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const removal = this.#tables.removals.get(key);
      if (removal) removal.isDone = true;
    }
  }

  async among(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return removedAmong(keys, this.#tables.removals.values());
  }

  async forget(removedBefore: number, limit: number): Promise<number> {
    const due = [...this.#tables.removals.values()]
      .filter(({ isDone, removedAt }) => isDone && removedAt < removedBefore)
      .slice(0, limit);
    for (const { key } of due) this.#tables.removals.delete(key);
    return due.length;
  }
}

function removalOf({ key, digest, owner, removedAt }: Removal): Removal {
  return { key, digest, owner, removedAt };
}
