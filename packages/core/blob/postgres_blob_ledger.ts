import {
  and,
  asc,
  count,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  not,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { type PostgresTime, timeOf } from "../database/postgres/postgres_clock.ts";
import type { PostgresDatabase, PostgresTransaction } from "../database/postgres/postgres_database.ts";
import { blobs, images, leases } from "../database/postgres/postgres_schema.ts";
import { isReferenced, strikeOff } from "../database/postgres/postgres_strike_off.ts";
import { LAST_DIGIT } from "../image/catalog/catalog_constants.ts";
import type { BlobLedger, BlobRecord, LedgerEntry, LedgerPageOptions } from "./blob_ledger.ts";
import type { Removal } from "./removal_record.ts";

/** A blob's size in bytes according to an image. One SQL text, because drizzle would otherwise omit the table names. */
const BYTES = sql<
  number | null
>`(select ${images.bytes} from ${images} where ${images.sha256} = ${blobs.digest} limit 1)`;

/**
 * The ledger of blobs in Postgres. Adding an image locks the row of its blob until the image is committed. Condemning or releasing a blob
 * locks the row before it looks for images. So neither misses the other.
 */
export class PostgresBlobLedger implements BlobLedger {
  readonly #database: PostgresDatabase;
  readonly #time: PostgresTime;
  readonly #find;

  /** @param now A clock that replaces the database's clock */
  constructor(database: PostgresDatabase, now?: () => number) {
    this.#database = database;
    this.#time = timeOf(database, now);
    this.#find = database.orm
      .select()
      .from(blobs)
      .where(eq(blobs.digest, sql.placeholder("digest")))
      .prepare("find_blob");
  }

  async touch(digest: string): Promise<BlobRecord | null> {
    const [found] = await this.#database.read(() => this.#find.execute({ digest }));
    if (!found) return null;
    if (found.idleSince === null && found.condemnedAt === null) return recordOf(found);
    const [touched] = await this.#database.write(() =>
      this.#database.orm
        .update(blobs)
        .set({ idleSince: this.#time.now(), condemnedAt: null })
        .where(eq(blobs.digest, digest))
        .returning(),
    );
    return touched ? recordOf(touched) : null;
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    const idle = and(isNull(blobs.condemnedAt), isNotNull(blobs.idleSince), lt(blobs.idleSince, idleBefore));
    return await this.#database.transaction(async (transaction) => {
      const digests = await this.#hold(transaction, idle, limit);
      if (digests.length === 0) return 0;
      const among = inArray(blobs.digest, [...digests]);
      await transaction
        .update(blobs)
        .set({ idleSince: null })
        .where(and(among, isReferenced(this.#database)));
      // The condemned blobs leave the idle ones, so that the next search does not visit them again.
      const condemned = await transaction
        .update(blobs)
        .set({ idleSince: null, condemnedAt: this.#time.now() })
        .where(and(among, not(isReferenced(this.#database))))
        .returning({ digest: blobs.digest });
      return condemned.length;
    });
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly Removal[]> {
    const condemned = and(isNotNull(blobs.condemnedAt), lt(blobs.condemnedAt, condemnedBefore));
    return await this.#database.transaction(async (transaction) => {
      const due = and(condemned, not(isReferenced(this.#database)));
      const digests = await this.#hold(transaction, due, limit);
      return await strikeOff(this.#database, transaction, { digests, now: this.#time.now() });
    });
  }

  async known(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select({ key: blobs.key })
        .from(blobs)
        .where(inArray(blobs.key, [...keys])),
    );
    return new Set(rows.map((row) => row.key));
  }

  async page(beginning: string, { after = "", limit }: LedgerPageOptions): Promise<readonly LedgerEntry[]> {
    const within = and(
      gte(blobs.key, beginning),
      lt(blobs.key, beginning + LAST_DIGIT),
      gt(blobs.key, after),
    );
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select({ key: blobs.key, damagedAt: blobs.damagedAt, bytes: BYTES })
        .from(blobs)
        .where(within)
        .orderBy(asc(blobs.key))
        .limit(limit),
    );
    return rows.map(({ bytes, ...row }) => ({
      ...recordOf(row),
      bytes: bytes === null ? null : Number(bytes),
    }));
  }

  async replace(key: string, replacement: string): Promise<boolean> {
    const replaced = await this.#database.write(() =>
      this.#database.orm
        .update(blobs)
        .set({ key: replacement, damagedAt: null })
        .where(eq(blobs.key, key))
        .returning({ key: blobs.key }),
    );
    return replaced.length > 0;
  }

  async count(): Promise<number> {
    const counted = this.#database.orm.select({ blobs: count() }).from(blobs);
    const [row] = await this.#database.read(() => counted);
    return row?.blobs ?? 0;
  }

  async setDamaged(key: string, isDamaged: boolean): Promise<boolean> {
    const isOther = isDamaged ? isNull(blobs.damagedAt) : isNotNull(blobs.damagedAt);
    const changed = await this.#database.write(() =>
      this.#database.orm
        .update(blobs)
        .set({ damagedAt: isDamaged ? this.#time.now() : null })
        .where(and(eq(blobs.key, key), isOther))
        .returning({ key: blobs.key }),
    );
    return changed.length > 0;
  }

  async damaged(limit: number): Promise<readonly BlobRecord[]> {
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select()
        .from(blobs)
        .where(isNotNull(blobs.damagedAt))
        .orderBy(asc(blobs.key))
        .limit(limit),
    );
    return rows.map(recordOf);
  }

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#time.exact();
    const expiresAt = sql`${now} + ${duration}::bigint`;
    const rows = await this.#database.write(() =>
      this.#database.orm
        .insert(leases)
        .values({ name, holder, expiresAt })
        .onConflictDoUpdate({
          target: leases.name,
          set: { holder, expiresAt },
          setWhere: or(eq(leases.holder, holder), lte(leases.expiresAt, now)),
        })
        .returning(),
    );
    return rows.length > 0;
  }

  /** Locks blobs until the transaction ends and returns their digests. Skips blobs that others have locked; a later round takes them. */
  async #hold(
    transaction: PostgresTransaction,
    condition: SQL | undefined,
    limit: number,
  ): Promise<readonly string[]> {
    const held = await transaction
      .select({ digest: blobs.digest })
      .from(blobs)
      .where(condition)
      .limit(limit)
      .for("update", { skipLocked: true });
    return held.map((row) => row.digest);
  }
}

function recordOf({ key, damagedAt }: Pick<typeof blobs.$inferSelect, "damagedAt" | "key">): BlobRecord {
  return { key, isDamaged: damagedAt !== null };
}
