import type { MemoryTables } from "../../database/memory_tables.ts";
import type { UsedTokens } from "./used_tokens.ts";

/** The record of used tokens in memory. */
export class MemoryUsedTokens implements UsedTokens {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async has(id: string): Promise<boolean> {
    return this.#tables.usedTokens.has(id);
  }

  async forget(expiredBefore: number, limit: number): Promise<number> {
    const due = [...this.#tables.usedTokens]
      .filter(([, usedUntil]) => usedUntil < expiredBefore)
      .slice(0, limit);
    for (const [id] of due) this.#tables.usedTokens.delete(id);
    return due.length;
  }
}
