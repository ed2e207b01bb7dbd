import {
  and,
  asc,
  count,
  eq,
  exists,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  not,
  or,
  sql,
} from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { blobs, images, leases } from "../database/sqlite/sqlite_schema.ts";
import { areAmong, isBlobOf, isReferenced, strikeOff } from "../database/sqlite/sqlite_strike_off.ts";
import { LAST_DIGIT } from "../image/catalog/catalog_constants.ts";
import { digitsOfSource, sourceOf } from "../derivative/derivative_key.ts";
import type { BlobImage, BlobLedger, BlobRecord, LedgerEntry, LedgerPageOptions } from "./blob_ledger.ts";
import type { Removal } from "./removal_record.ts";

/** A blob's size in bytes according to an image. One SQL text, because drizzle would otherwise omit the table names. */
const BYTES = sql<number | null>`(select ${images.bytes} from ${images} where ${isBlobOf(images)} limit 1)`;

/** The ledger of blobs in SQLite. */
export class SqliteBlobLedger implements BlobLedger {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #owner: string;
  readonly #statements: Statements;

  constructor(database: SqliteDatabase, now: () => number = Date.now, view: View = {}) {
    const { owner = "", statements = prepare(database) } = view;
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
    this.#statements = statements;
  }

  of(owner: string): BlobLedger {
    return new SqliteBlobLedger(this.#database, this.#now, { owner, statements: this.#statements });
  }

  async touch(digest: string): Promise<BlobRecord | null> {
    const owner = this.#owner;
    const found = await this.#database.run(() => this.#statements.find.get({ digest, owner }));
    if (!found) return null;
    if (found.idleSince === null && found.condemnedAt === null) return recordOf(found);
    const touched = await this.#database.run(() =>
      this.#database.orm
        .update(blobs)
        .set({ idleSince: this.#now(), condemnedAt: null })
        .where(areAmong([{ digest, owner }]))
        .returning()
        .get(),
    );
    return touched ? recordOf(touched) : null;
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    const { orm } = this.#database;
    const idle = and(isNull(blobs.condemnedAt), isNotNull(blobs.idleSince), lt(blobs.idleSince, idleBefore));
    const candidates = orm.select({ key: blobs.key }).from(blobs).where(idle).limit(limit);
    return await this.#database.free(() => {
      const keys = candidates.all().map((row) => row.key);
      const among = inArray(blobs.key, keys);
      orm
        .update(blobs)
        .set({ idleSince: null })
        .where(and(among, isReferenced(this.#database)))
        .run();
      // The condemned blobs leave the idle ones, so that the next search does not visit them again.
      const condemned = orm
        .update(blobs)
        .set({ idleSince: null, condemnedAt: this.#now() })
        .where(and(among, not(isReferenced(this.#database))))
        .returning({ key: blobs.key })
        .all();
      return condemned.length;
    });
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly Removal[]> {
    const { orm } = this.#database;
    const condemned = and(isNotNull(blobs.condemnedAt), lt(blobs.condemnedAt, condemnedBefore));
    return await this.#database.free(() => {
      const contents = orm
        .select({ digest: blobs.digest, owner: blobs.owner })
        .from(blobs)
        .where(and(condemned, not(isReferenced(this.#database))))
        .limit(limit)
        .all();
      return strikeOff(this.#database, orm, { contents, now: this.#now() });
    });
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

  async page(beginning: string, { after = "", limit }: LedgerPageOptions): Promise<readonly LedgerEntry[]> {
    const within = and(
      gte(blobs.key, beginning),
      lt(blobs.key, beginning + LAST_DIGIT),
      gt(blobs.key, after),
    );
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select({ key: blobs.key, damagedAt: blobs.damagedAt, bytes: BYTES })
        .from(blobs)
        .where(within)
        .orderBy(asc(blobs.key))
        .limit(limit)
        .all(),
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
        .returning({ key: blobs.key })
        .all(),
    );
    return replaced.length > 0;
  }

  async count(): Promise<number> {
    const counted = this.#database.orm.select({ blobs: count() }).from(blobs);
    return (await this.#database.run(() => counted.get()))?.blobs ?? 0;
  }

  async setDamaged(key: string, isDamaged: boolean): Promise<boolean> {
    const isOther = isDamaged ? isNull(blobs.damagedAt) : isNotNull(blobs.damagedAt);
    return await this.#database.write(() => {
      const changed = this.#database.orm
        .update(blobs)
        .set({ damagedAt: isDamaged ? this.#now() : null })
        .where(and(eq(blobs.key, key), isOther))
        .returning({ key: blobs.key })
        .all();
      return changed.length > 0;
    });
  }

  async damaged(limit: number): Promise<readonly BlobRecord[]> {
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select()
        .from(blobs)
        .where(isNotNull(blobs.damagedAt))
        .orderBy(asc(blobs.key))
        .limit(limit)
        .all(),
    );
    return rows.map(recordOf);
  }

  async images(key: string, limit: number): Promise<readonly BlobImage[]> {
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select({ id: images.id, name: images.name })
        .from(blobs)
        .innerJoin(images, isBlobOf(images))
        .where(eq(blobs.key, key))
        .orderBy(asc(images.createdAt), asc(images.id))
        .limit(limit)
        .all(),
    );
    return rows.map(({ id, name }) => ({ id, name: name || null }));
  }

  async referenced(sources: readonly string[]): Promise<ReadonlySet<string>> {
    const isUsed = (source: string) => {
      const beginning = digitsOfSource(source);
      const used = this.#statements.used.all({ beginning, end: beginning + LAST_DIGIT });
      return used.some(({ digest, owner }) => sourceOf({ owner, sha256: digest }) === source);
    };
    return await this.#database.run(() => new Set(sources.filter(isUsed)));
  }

  async lease(name: string, holder: string, duration: number): Promise<boolean> {
    const now = this.#now();
    const expiresAt = now + duration;
    const row = await this.#database.free(() =>
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
}

type Statements = ReturnType<typeof prepare>;

/** Another owner's use of a ledger. */
interface View {
  readonly owner?: string;
  readonly statements?: Statements;
}

function prepare(database: SqliteDatabase) {
  const { placeholder } = sql;
  const isWithin = and(gte(blobs.digest, placeholder("beginning")), lt(blobs.digest, placeholder("end")));
  const ofImage = database.orm
    .select({ one: sql`1` })
    .from(images)
    .where(isBlobOf(images));
  return {
    find: database.orm
      .select()
      .from(blobs)
      .where(and(eq(blobs.digest, placeholder("digest")), eq(blobs.owner, placeholder("owner"))))
      .prepare(),
    used: database.orm
      .select({ digest: blobs.digest, owner: blobs.owner })
      .from(blobs)
      .where(and(isWithin, exists(ofImage)))
      .prepare(),
  };
}

function recordOf({ key, damagedAt }: Pick<typeof blobs.$inferSelect, "damagedAt" | "key">): BlobRecord {
  return { key, isDamaged: damagedAt !== null };
}
