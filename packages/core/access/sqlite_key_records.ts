import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { keys } from "../database/sqlite/sqlite_schema.ts";
import type { AccessKey } from "./access_key.ts";
import type { KeyListQuery, KeyRecords } from "./key_records.ts";
import { fromKeyRow, type KeyRow, toKeyRow } from "./key_row.ts";

/** A power cut may undo the record of a use, which the next use repeats. */
const RELAXED = { isDurable: false } as const;

/** The records of keys in SQLite. */
export class SqliteKeyRecords implements KeyRecords {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #find;

  constructor(database: SqliteDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#find = database.orm
      .select()
      .from(keys)
      .where(eq(keys.id, sql.placeholder("id")))
      .prepare();
  }

  async add(key: AccessKey): Promise<void> {
    await this.#database.write(() => this.#database.orm.insert(keys).values(toKeyRow(key)).run());
  }

  async find(id: string): Promise<AccessKey | null> {
    const row = await this.#database.run(() => this.#find.get({ id }));
    return row ? fromKeyRow(row) : null;
  }

  async list(owner: string, { after, limit }: KeyListQuery): Promise<readonly AccessKey[]> {
    const behind = after && sql`(${keys.createdAt}, ${keys.id}) < (${after.createdAt}, ${after.id})`;
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select()
        .from(keys)
        .where(and(eq(keys.owner, owner), behind))
        .orderBy(desc(keys.createdAt), desc(keys.id))
        .limit(limit)
        .all(),
    );
    return rows.map(fromKeyRow);
  }

  async revoke(owner: string, id: string): Promise<AccessKey | null> {
    return await this.#change(owner, id, { revokedAt: sql`coalesce(${keys.revokedAt}, ${this.#now()})` });
  }

  async expire(owner: string, id: string, expiresAt: number): Promise<AccessKey | null> {
    const earlier = sql`min(coalesce(${keys.expiresAt}, ${expiresAt}), ${expiresAt})`;
    return await this.#change(owner, id, { expiresAt: earlier });
  }

  async markUsed(id: string, day: number): Promise<void> {
    const isEarlier = or(isNull(keys.lastUsedAt), lt(keys.lastUsedAt, day));
    await this.#database.run(
      () =>
        this.#database.orm
          .update(keys)
          .set({ lastUsedAt: day })
          .where(and(eq(keys.id, id), isEarlier))
          .run(),
      RELAXED,
    );
  }

  async hasValidKey(): Promise<boolean> {
    const isLive = or(isNull(keys.expiresAt), gt(keys.expiresAt, this.#now()));
    const found = await this.#database.run(() =>
      this.#database.orm
        .select({ id: keys.id })
        .from(keys)
        .where(and(isNull(keys.revokedAt), isLive))
        .limit(1)
        .get(),
    );
    return found !== undefined;
  }

  async #change(
    owner: string,
    id: string,
    change: Readonly<Partial<Record<keyof KeyRow, SQL>>>,
  ): Promise<AccessKey | null> {
    const changed = await this.#database.write(() =>
      this.#database.orm
        .update(keys)
        .set(change)
        .where(and(eq(keys.id, id), eq(keys.owner, owner)))
        .returning()
        .get(),
    );
    return changed ? fromKeyRow(changed) : null;
  }
}
