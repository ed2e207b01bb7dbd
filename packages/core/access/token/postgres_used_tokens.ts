import { eq, inArray, lt } from "drizzle-orm";
import { constant } from "../../database/postgres/postgres_constant.ts";
import type { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import { usedTokens } from "../../database/postgres/postgres_schema.ts";
import type { UsedTokens } from "./used_tokens.ts";

/** The record of used tokens in Postgres. */
export class PostgresUsedTokens implements UsedTokens {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async has(id: string): Promise<boolean> {
    const { orm } = this.#database;
    const rows = await this.#database.read(() =>
      orm.select({ id: usedTokens.id }).from(usedTokens).where(eq(usedTokens.id, id)),
    );
    return rows.length > 0;
  }

  async forget(expiredBefore: number, limit: number): Promise<number> {
    const { orm } = this.#database;
    const due = orm
      .select({ id: usedTokens.id })
      .from(usedTokens)
      .where(lt(usedTokens.usedUntil, expiredBefore))
      .limit(constant(limit));
    const forgotten = await this.#database.write(() =>
      orm.delete(usedTokens).where(inArray(usedTokens.id, due)).returning({ id: usedTokens.id }),
    );
    return forgotten.length;
  }
}
