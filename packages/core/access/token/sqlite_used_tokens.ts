import { eq, inArray, lt } from "drizzle-orm";
import type { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { usedTokens } from "../../database/sqlite/sqlite_schema.ts";
import type { UsedTokens } from "./used_tokens.ts";

/** The record of used tokens in SQLite. */
export class SqliteUsedTokens implements UsedTokens {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async has(id: string): Promise<boolean> {
    const { orm } = this.#database;
    const row = await this.#database.run(() =>
      orm.select({ id: usedTokens.id }).from(usedTokens).where(eq(usedTokens.id, id)).get(),
    );
    return row !== undefined;
  }

  async forget(expiredBefore: number, limit: number): Promise<number> {
    const { orm } = this.#database;
    const due = orm
      .select({ id: usedTokens.id })
      .from(usedTokens)
      .where(lt(usedTokens.usedUntil, expiredBefore))
      .limit(limit);
    const forgotten = await this.#database.free(() =>
      orm.delete(usedTokens).where(inArray(usedTokens.id, due)).returning({ id: usedTokens.id }).all(),
    );
    return forgotten.length;
  }
}
