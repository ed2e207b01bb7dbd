import { and, asc, eq, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { removals } from "../database/sqlite/sqlite_schema.ts";
import { digestOfKey } from "./blob_store.ts";
import { type Removal, type RemovalRecord, removedAmong } from "./removal_record.ts";

/** The columns of a removal, without the flag that its bytes are gone. */
const { isDone: _isDone, ...REMOVAL_COLUMNS } = getTableColumns(removals);

/** A literal in the statement, because a partial index does not match a parameter. */
const isPending = sql`${removals.isDone} = 0`;

/** The record of removals in SQLite. */
export class SqliteRemovalRecord implements RemovalRecord {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async pending(limit: number): Promise<readonly Removal[]> {
    return await this.#database.run(() =>
      this.#database.orm
        .select(REMOVAL_COLUMNS)
        .from(removals)
        .where(isPending)
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
        .select(REMOVAL_COLUMNS)
        .from(removals)
        .where(sql`(${removals.removedAt}, ${removals.key}) > (${removedAt}, ${key})`)
        .orderBy(asc(removals.removedAt), asc(removals.key))
        .limit(limit)
        .all(),
    );
  }

  async finish(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const finished = inArray(removals.key, [...keys]);
    await this.#database.free(() =>
      this.#database.orm.update(removals).set({ isDone: true }).where(finished).run(),
    );
  }

  async among(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select({ digest: removals.digest, owner: removals.owner })
        .from(removals)
        .where(inArray(removals.digest, keys.map(digestOfKey)))
        .all(),
    );
    return removedAmong(keys, rows);
  }

  async forget(removedBefore: number, limit: number): Promise<number> {
    const { orm } = this.#database;
    const due = orm
      .select({ key: removals.key })
      .from(removals)
      .where(and(eq(removals.isDone, true), lt(removals.removedAt, removedBefore)))
      .limit(limit);
    const forgotten = await this.#database.free(() =>
      orm.delete(removals).where(inArray(removals.key, due)).returning({ key: removals.key }).all(),
    );
    return forgotten.length;
  }
}
