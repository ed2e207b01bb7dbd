import { and, asc, eq, inArray, lt, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite_database.ts";
import { removals } from "../database/sqlite_schema.ts";
import type { Removal, RemovalRecord } from "./removal_record.ts";

/** The record of removals in Sqlite. */
export class SqliteRemovalRecord implements RemovalRecord {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async pending(limit: number): Promise<readonly Removal[]> {
    return await this.#database.run(() =>
      this.#database.orm
        .select()
        .from(removals)
        .where(eq(removals.isDone, false))
        .orderBy(asc(removals.removedAt))
        .limit(limit)
        .all(),
    );
  }

  async list(
    { key, removedAt }: Pick<Removal, "key" | "removedAt">,
    limit: number,
  ): Promise<readonly Removal[]> {
    return await this.#database.run(() =>
      this.#database.orm
        .select()
        .from(removals)
        .where(sql`(${removals.removedAt}, ${removals.key}) > (${removedAt}, ${key})`)
        .orderBy(asc(removals.removedAt), asc(removals.key))
        .limit(limit)
        .all(),
    );
  }

  async finish(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#database.write(() =>
      this.#database.orm
        .update(removals)
        .set({ isDone: true })
        .where(inArray(removals.key, [...keys]))
        .run(),
    );
  }

  async digestsAmong(digests: readonly string[]): Promise<ReadonlySet<string>> {
    if (digests.length === 0) return new Set();
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select({ digest: removals.digest })
        .from(removals)
        .where(inArray(removals.digest, [...digests]))
        .all(),
    );
    return new Set(rows.map(({ digest }) => digest));
  }

  async forget(removedBefore: number, limit: number): Promise<number> {
    const { orm } = this.#database;
    const due = orm
      .select({ key: removals.key })
      .from(removals)
      .where(and(eq(removals.isDone, true), lt(removals.removedAt, removedBefore)))
      .limit(limit);
    const forgotten = await this.#database.write(() =>
      orm.delete(removals).where(inArray(removals.key, due)).returning({ key: removals.key }).all(),
    );
    return forgotten.length;
  }
}
