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
  type SQL,
  sql,
} from "drizzle-orm";
import { constant } from "../database/postgres/postgres_constant.ts";
import { type PostgresTime, timeOf } from "../database/postgres/postgres_clock.ts";
import type { PostgresDatabase, PostgresTransaction } from "../database/postgres/postgres_database.ts";
import { blobs, images, leases } from "../database/postgres/postgres_schema.ts";
import { areAmong, isBlobOf, isReferenced, strikeOff } from "../database/postgres/postgres_strike_off.ts";
import { LAST_DIGIT } from "../image/catalog/catalog_constants.ts";
import { digitsOfSource, sourceOf } from "../derivative/derivative_key.ts";
import type {
  BlobImage,
  BlobLedger,
  BlobRecord,
  LedgerEntry,
  LedgerPageOptions,
  OwnedDigest,
} from "./blob_ledger.ts";
import type { Removal } from "./removal_record.ts";

/** A blob's size in bytes according to an image. One SQL text, because drizzle would otherwise omit the table names. */
const BYTES = sql<number | null>`(select ${images.bytes} from ${images} where ${isBlobOf(images)} limit 1)`;

/**
 * The ledger of blobs in Postgres. Adding an image locks the row of its blob until the image is committed. Condemning or releasing a blob
 * locks the row before it looks for images. So neither misses the other.
 */
export class PostgresBlobLedger implements BlobLedger {
  readonly #database: PostgresDatabase;
  readonly #time: PostgresTime;
  readonly #owner: string;
  readonly #find: FindBlob;

  /** @param now A clock that replaces the database's clock */
  constructor(database: PostgresDatabase, now?: () => number, view: View = {}) {
    const { owner = "", time = timeOf(database, now), find = prepareFind(database) } = view;
    this.#database = database;
    this.#time = time;
    this.#owner = owner;
    this.#find = find;
  }

  of(owner: string): BlobLedger {
    const view = { owner, time: this.#time, find: this.#find };
    return new PostgresBlobLedger(this.#database, undefined, view);
  }

  async touch(digest: string): Promise<BlobRecord | null> {
    const owner = this.#owner;
    const [found] = await this.#database.read(() => this.#find.execute({ digest, owner }));
    if (!found) return null;
    if (found.idleSince === null && found.condemnedAt === null) return recordOf(found);
    const [touched] = await this.#database.write(() =>
      this.#database.orm
        .update(blobs)
        .set({ idleSince: this.#time.now(), condemnedAt: null })
        .where(areAmong([{ digest, owner }]))
        .returning(),
    );
    return touched ? recordOf(touched) : null;
  }

  async condemn(idleBefore: number, limit: number): Promise<number> {
    const idle = and(isNull(blobs.condemnedAt), isNotNull(blobs.idleSince), lt(blobs.idleSince, idleBefore));
    return await this.#database.transaction(async (transaction) => {
      const held = await this.#hold(transaction, idle, limit);
      if (held.length === 0) return 0;
      const among = areAmong(held);
      await transaction
        .update(blobs)
        .set({ idleSince: null })
        .where(and(among, isReferenced(this.#database)));
      // The condemned blobs leave the idle ones, so that the next search does not visit them again.
      const condemned = await transaction
        .update(blobs)
        .set({ idleSince: null, condemnedAt: this.#time.now() })
        .where(and(among, not(isReferenced(this.#database))))
        .returning({ key: blobs.key });
      return condemned.length;
    });
  }

  async release(condemnedBefore: number, limit: number): Promise<readonly Removal[]> {
    const condemned = and(isNotNull(blobs.condemnedAt), lt(blobs.condemnedAt, condemnedBefore));
    return await this.#database.transaction(async (transaction) => {
      const due = and(condemned, not(isReferenced(this.#database)));
      const contents = await this.#hold(transaction, due, limit);
      return await strikeOff(this.#database, transaction, { contents, now: this.#time.now() });
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

  async images(key: string, limit: number): Promise<readonly BlobImage[]> {
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select({ id: images.id, name: images.name })
        .from(blobs)
        .innerJoin(images, isBlobOf(images))
        .where(eq(blobs.key, key))
        .orderBy(asc(images.createdAt), asc(images.id))
        .limit(constant(limit)),
    );
    return rows.map(({ id, name }) => ({ id, name: name || null }));
  }

  async referenced(sources: readonly string[]): Promise<ReadonlySet<string>> {
    const beginnings = JSON.stringify(sources.map(digitsOfSource));
    const beginning = sql`beginning`;
    const { orm } = this.#database;
    const ofImage = orm
      .select({ one: sql`1` })
      .from(images)
      .where(isBlobOf(images));
    // The prefixes are one parameter, as a list of parameters would be a new statement for each length.
    const rows = await this.#database.read(() =>
      orm
        .select({ digest: blobs.digest, owner: blobs.owner })
        .from(sql`json_array_elements_text(${beginnings}::text::json) as beginning`)
        .innerJoin(
          blobs,
          and(gte(blobs.digest, beginning), lt(blobs.digest, sql`beginning || ${LAST_DIGIT}`)),
        )
        .where(exists(ofImage)),
    );
    const used = new Set(rows.map(({ digest, owner }) => sourceOf({ owner, sha256: digest })));
    return new Set(sources.filter((source) => used.has(source)));
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

  /** Locks blobs until the transaction ends and returns them. Skips blobs that others have locked; a later round takes them. */
  async #hold(
    transaction: PostgresTransaction,
    condition: SQL | undefined,
    limit: number,
  ): Promise<readonly OwnedDigest[]> {
    return await transaction
      .select({ digest: blobs.digest, owner: blobs.owner })
      .from(blobs)
      .where(condition)
      .limit(limit)
      .for("update", { skipLocked: true });
  }
}

type FindBlob = ReturnType<typeof prepareFind>;

/** Another owner's use of a ledger. */
interface View {
  readonly owner?: string;
  readonly time?: PostgresTime;
  readonly find?: FindBlob;
}

function prepareFind(database: PostgresDatabase) {
  const { placeholder } = sql;
  return database.orm
    .select()
    .from(blobs)
    .where(and(eq(blobs.digest, placeholder("digest")), eq(blobs.owner, placeholder("owner"))))
    .prepare("find_blob");
}

function recordOf({ key, damagedAt }: Pick<typeof blobs.$inferSelect, "damagedAt" | "key">): BlobRecord {
  return { key, isDamaged: damagedAt !== null };
}
