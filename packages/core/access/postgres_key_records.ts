import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { type PostgresTime, timeOf } from "../database/postgres/postgres_clock.ts";
import { constant } from "../database/postgres/postgres_constant.ts";
import type { PostgresDatabase } from "../database/postgres/postgres_database.ts";
import { keys } from "../database/postgres/postgres_schema.ts";
import type { AccessKey } from "./access_key.ts";
import type { KeyListQuery, KeyRecords } from "./key_records.ts";
import { fromKeyRow, type KeyRow, toKeyRow } from "./key_row.ts";

/** The records of keys in Postgres. */
export class PostgresKeyRecords implements KeyRecords {
  readonly #database: PostgresDatabase;
  readonly #time: PostgresTime;

  /** @param now A clock to use instead of the clock of the database */
  constructor(database: PostgresDatabase, now?: () => number) {
    this.#database = database;
    this.#time = timeOf(database, now);
  }

  async add(key: AccessKey): Promise<void> {
    await this.#database.write(() => this.#database.orm.insert(keys).values(toKeyRow(key)));
  }

  async find(id: string): Promise<AccessKey | null> {
    const [row] = await this.#database.read(() =>
      this.#database.orm.select().from(keys).where(eq(keys.id, id)),
    );
    return row ? fromKeyRow(row) : null;
  }

  async list(owner: string, { after, limit }: KeyListQuery): Promise<readonly AccessKey[]> {
    const behind = after && sql`(${keys.createdAt}, ${keys.id}) < (${after.createdAt}, ${after.id})`;
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select()
        .from(keys)
        .where(and(eq(keys.owner, owner), behind))
        .orderBy(desc(keys.createdAt), desc(keys.id))
        .limit(constant(limit)),
    );
    return rows.map(fromKeyRow);
  }

  async revoke(owner: string, id: string): Promise<AccessKey | null> {
    return await this.#change(owner, id, {
      revokedAt: sql`coalesce(${keys.revokedAt}, ${this.#time.now()})`,
    });
  }

  async expire(owner: string, id: string, expiresAt: number): Promise<AccessKey | null> {
    return await this.#change(owner, id, { expiresAt: sql`least(${keys.expiresAt}, ${expiresAt}::bigint)` });
  }

  async markUsed(id: string, day: number): Promise<void> {
    const isEarlier = or(isNull(keys.lastUsedAt), lt(keys.lastUsedAt, day));
    await this.#database.write(() =>
      this.#database.orm
        .update(keys)
        .set({ lastUsedAt: day })
        .where(and(eq(keys.id, id), isEarlier)),
    );
  }

  async hasValidKey(): Promise<boolean> {
    const isLive = or(isNull(keys.expiresAt), gt(keys.expiresAt, this.#time.now()));
    const found = await this.#database.read(() =>
      this.#database.orm
        .select({ id: keys.id })
        .from(keys)
        .where(and(isNull(keys.revokedAt), isLive))
        .limit(constant(1)),
    );
    return found.length > 0;
  }

  async #change(
    owner: string,
    id: string,
    change: Readonly<Partial<Record<keyof KeyRow, SQL>>>,
  ): Promise<AccessKey | null> {
    const [changed] = await this.#database.write(() =>
      this.#database.orm
        .update(keys)
        .set(change)
        .where(and(eq(keys.id, id), eq(keys.owner, owner)))
        .returning(),
    );
    return changed ? fromKeyRow(changed) : null;
  }
}
