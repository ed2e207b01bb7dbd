import {
  and,
  eq,
  exists,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  notExists,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { PostgresDatabase, PostgresTransaction } from "../database/postgres_database.ts";
import { blobs, images, leases } from "../database/postgres_schema.ts";
import type { BlobLedger } from "./blob_ledger.ts";

/**
 * The ledger of blobs in Postgres. Who adds an image holds the row of its blob until the image is there; who condemns or strikes
 * off a blob holds its row before looking for images. So neither misses the other.
 */
export class PostgresBlobLedger implements BlobLedger {
  readonly #database: PostgresDatabase;
  readonly #now: () => number;
  readonly #find;

  constructor(database: PostgresDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#find = database.orm
      .select()
      .from(blobs)
      .where(eq(blobs.digest, sql.placeholder("digest")))
      .prepare("find_blob");
  }

  async touch(digest: string): Promise<string | null> {
    const [found] = await this.#database.read(() => this.#find.execute({ digest }));
    if (!found || (found.idleSince === null && found.condemnedAt === null)) return found?.key ?? null;
    const [touched] = await this.#database.write(() =>
      this.#database.orm
        .update(blobs)
        .set({ idleSince: this.#now(), condemnedAt: null })
        .where(eq(blobs.digest, digest))
        .returning({ key: blobs.key }),
    );
    return touched?.key ?? null;
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
        .where(and(among, exists(this.#references())));
      const condemned = await transaction
        .update(blobs)
        .set({ condemnedAt: this.#now() })
        .where(and(among, notExists(this.#references())))
        .returning({ digest: blobs.digest });
      return condemned.length;
    });
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly string[]> {
    const condemned = and(isNotNull(blobs.condemnedAt), lt(blobs.condemnedAt, condemnedBefore));
    return await this.#database.transaction(async (transaction) => {
      const digests = await this.#hold(transaction, condemned, limit);
      if (digests.length === 0) return [];
      const released = await transaction
        .delete(blobs)
        .where(and(inArray(blobs.digest, [...digests]), notExists(this.#references())))
        .returning({ key: blobs.key });
      return released.map((row) => row.key);
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

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#now();
    const expiresAt = now + duration;
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

  /** Gives digests of blobs that nobody touches until the transaction ends. What others hold is in use: a later round takes it. */
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

  #references() {
    return this.#database.orm
      .select({ one: sql`1` })
      .from(images)
      .where(eq(images.sha256, blobs.digest));
  }
}
