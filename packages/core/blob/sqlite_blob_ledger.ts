import { and, eq, inArray, isNotNull, isNull, lt, lte, notExists, exists, or, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite_database.ts";
import { blobs, images, leases } from "../database/sqlite_schema.ts";
import type { BlobLedger } from "./blob_ledger.ts";

/** The ledger of blobs in SQLite. */
export class SqliteBlobLedger implements BlobLedger {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #find;

  constructor(database: SqliteDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#find = database.orm
      .select()
      .from(blobs)
      .where(eq(blobs.digest, sql.placeholder("digest")))
      .prepare();
  }

  async touch(digest: string): Promise<string | null> {
    const found = await this.#database.run(() => this.#find.get({ digest }));
    if (!found || (found.idleSince === null && found.condemnedAt === null)) return found?.key ?? null;
    const touched = await this.#database.run(() =>
      this.#database.orm
        .update(blobs)
        .set({ idleSince: this.#now(), condemnedAt: null })
        .where(eq(blobs.digest, digest))
        .returning({ key: blobs.key })
        .get(),
    );
    return touched?.key ?? null;
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    const { orm } = this.#database;
    const idle = and(isNull(blobs.condemnedAt), isNotNull(blobs.idleSince), lt(blobs.idleSince, idleBefore));
    const candidates = orm.select({ digest: blobs.digest }).from(blobs).where(idle).limit(limit);
    return await this.#database.run(() =>
      orm.transaction(
        (transaction) => {
          const digests = candidates.all().map((row) => row.digest);
          const among = inArray(blobs.digest, digests);
          transaction
            .update(blobs)
            .set({ idleSince: null })
            .where(and(among, exists(this.#references())))
            .run();
          const condemned = transaction
            .update(blobs)
            .set({ condemnedAt: this.#now() })
            .where(and(among, notExists(this.#references())))
            .returning({ digest: blobs.digest })
            .all();
          return condemned.length;
        },
        { behavior: "immediate" },
      ),
    );
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly string[]> {
    const { orm } = this.#database;
    const condemned = and(isNotNull(blobs.condemnedAt), lt(blobs.condemnedAt, condemnedBefore));
    const candidates = orm.select({ digest: blobs.digest }).from(blobs).where(condemned).limit(limit);
    const released = await this.#database.run(() =>
      orm
        .delete(blobs)
        .where(and(inArray(blobs.digest, candidates), notExists(this.#references())))
        .returning({ key: blobs.key })
        .all(),
    );
    return released.map((row) => row.key);
  }

  async known(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select({ key: blobs.key })
        .from(blobs)
        .where(inArray(blobs.key, [...keys]))
        .all(),
    );
    return new Set(rows.map((row) => row.key));
  }

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#now();
    const expiresAt = now + duration;
    const row = await this.#database.run(() =>
      this.#database.orm
        .insert(leases)
        .values({ name, holder, expiresAt })
        .onConflictDoUpdate({
          target: leases.name,
          set: { holder, expiresAt },
          setWhere: or(eq(leases.holder, holder), lte(leases.expiresAt, now)),
        })
        .returning()
        .get(),
    );
    return row !== undefined;
  }

  #references() {
    return this.#database.orm
      .select({ one: sql`1` })
      .from(images)
      .where(eq(images.sha256, blobs.digest));
  }
}
