import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNull,
  lt,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { SqliteDatabase } from "../database/sqlite_database.ts";
import { blobs, images, imageTags, purges } from "../database/sqlite_schema.ts";
import { LAST_DIGIT, OWNER } from "./catalog_constants.ts";
import type { Image, ImageAttributes, StoredImage } from "./image.ts";
import {
  type AddedImage,
  type BlobOffer,
  IDEMPOTENCY_LIFETIME,
  type ImageCatalog,
  type ImageOrder,
  type ListPosition,
  type ListQuery,
} from "./image_catalog.ts";
import { attributeColumns, fromRow, toRow } from "./image_row.ts";
import { boundsOf } from "./list_bounds.ts";

const ORDER_COLUMNS: Readonly<Record<ImageOrder, SQLiteColumn>> = {
  createdAt: images.createdAt,
  name: images.name,
  bytes: images.bytes,
};

/** When all images of an image's owner were purged. As a whole, or drizzle would leave out the names of the tables. */
const ALL_PURGED_AT = sql`(select ${purges.purgedAt} from ${purges} where ${purges.owner} = ${images.owner})`;

/** The columns of an image. A purge of everything stands for its generation where it came later than its own. */
const IMAGE_COLUMNS = {
  ...getTableColumns(images),
  generation: sql<number>`max(${images.generation}, coalesce(${ALL_PURGED_AT}, 0))`,
};

/** The catalog of images in SQLite. */
export class SqliteImageCatalog implements ImageCatalog {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #find;
  readonly #reference;

  constructor(database: SqliteDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#find = this.findStatement().prepare();
    this.#reference = this.referenceStatement().prepare();
  }

  async add(image: Image, offer: BlobOffer | null): Promise<AddedImage | null> {
    return await this.#transaction((transaction) => {
      const earlier = this.#findEarlier(transaction, image);
      if (earlier) return earlier;
      const blobKey = this.#useBlob(transaction, image.sha256, offer);
      if (blobKey === null) return null;
      const row = transaction.insert(images).values(toRow(image)).returning(IMAGE_COLUMNS).get();
      this.#addTags(transaction, image, image.tags);
      return { image: fromRow(row), blobKey };
    });
  }

  async find(id: string): Promise<StoredImage | null> {
    const row = await this.#database.run(() => this.#find.get({ id }));
    if (!row || this.#hasExpired(row.image)) return null;
    return { ...fromRow(row.image), blobKey: row.blobKey };
  }

  /** Gives the statement behind {@linkcode SqliteImageCatalog.find}, for a test to explain. */
  findStatement() {
    return this.#database.orm
      .select({ image: IMAGE_COLUMNS, blobKey: blobs.key })
      .from(images)
      .innerJoin(blobs, eq(blobs.digest, images.sha256))
      .where(eq(images.id, sql.placeholder("id")));
  }

  async list(query: ListQuery): Promise<readonly Image[]> {
    const rows = await this.#database.run(() => this.listStatement(query).all());
    return rows.map((row) => fromRow(row.image));
  }

  /** Gives the statement behind {@linkcode SqliteImageCatalog.list}, for a test to explain. */
  listStatement(query: ListQuery) {
    const { orm } = this.#database;
    const { from, before, after } = boundsOf(query);
    // With a tag its own table leads: its index is in the order of the page.
    const byTag = query.tag !== undefined;
    const value = byTag ? imageTags.createdAt : ORDER_COLUMNS[query.order];
    const id = byTag ? imageTags.imageId : images.id;
    const direction = query.descending ? desc : asc;
    // Behind a plus, the times do not tempt SQLite away from the index of digests, of which few are equal.
    const ranged = query.sha256 === undefined ? sql`${value}` : sql`+${value}`;
    const conditions: (SQL | undefined)[] = [
      byTag ? and(eq(imageTags.owner, OWNER), eq(imageTags.tag, query.tag ?? "")) : eq(images.owner, OWNER),
      // Without the hint SQLite prefers the index of times and reads past every other format.
      query.format === undefined ? undefined : sql`unlikely(${eq(images.format, query.format)})`,
      query.sha256 === undefined ? undefined : eq(images.sha256, query.sha256),
      from === undefined ? undefined : gte(ranged, from),
      before === undefined ? undefined : lt(ranged, before),
      after && behind(ranged, id, after, query.descending),
      this.#isLive(),
    ];
    const selected = orm.select({ image: IMAGE_COLUMNS });
    // A cross join keeps SQLite from leading with the other table.
    const listed = byTag
      ? selected
          .from(imageTags)
          .crossJoin(images)
          .where(and(eq(images.id, imageTags.imageId), ...conditions))
      : selected.from(images).where(and(...conditions));
    return listed.orderBy(direction(value), direction(id)).limit(query.limit);
  }

  async update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null> {
    return await this.#transaction((transaction) => {
      const row = transaction.select(IMAGE_COLUMNS).from(images).where(eq(images.id, id)).get();
      if (!row || this.#hasExpired(row)) return null;
      const before = fromRow(row);
      const after: Image = {
        ...before,
        ...change(before),
        revision: before.revision + 1,
        updatedAt: this.#now(),
      };
      const { revision, updatedAt } = after;
      transaction
        .update(images)
        .set({ ...attributeColumns(after), revision, updatedAt })
        .where(eq(images.id, id))
        .run();
      transaction.delete(imageTags).where(eq(imageTags.imageId, id)).run();
      this.#addTags(transaction, after, after.tags);
      return after;
    });
  }

  async remove(id: string): Promise<string | null> {
    return await this.#transaction((transaction) => this.#remove(transaction, id));
  }

  async removeExpired(limit: number): Promise<number> {
    return await this.#transaction((transaction) => {
      const expired = transaction
        .select({ id: images.id })
        .from(images)
        .where(lt(images.expiresAt, this.#now() + 1))
        .limit(limit)
        .all();
      for (const { id } of expired) this.#remove(transaction, id);
      return expired.length;
    });
  }

  async purge(ids: readonly string[]): Promise<readonly Image[]> {
    return await this.#transaction((transaction) => {
      const generation = this.#takePurgeTime(transaction);
      return this.purgeStatement(ids, generation, transaction).all().map(fromRow);
    });
  }

  /** Gives the statement behind {@linkcode SqliteImageCatalog.purge}, for a test to explain. */
  purgeStatement(ids: readonly string[], generation: number, orm: Orm = this.#database.orm) {
    return orm
      .update(images)
      .set({ generation })
      .where(and(inArray(images.id, [...ids]), this.#isLive()))
      .returning();
  }

  async purgeAll(): Promise<number> {
    return await this.#transaction((transaction) => {
      const purgedAt = this.#takePurgeTime(transaction);
      transaction.update(purges).set({ purgedAt }).where(eq(purges.owner, OWNER)).run();
      return purgedAt;
    });
  }

  async referenced(beginnings: readonly string[]): Promise<ReadonlySet<string>> {
    const isReferenced = (beginning: string) =>
      this.#reference.get({ beginning, end: beginning + LAST_DIGIT }) !== undefined;
    return await this.#database.run(() => new Set(beginnings.filter(isReferenced)));
  }

  /** Gives the statement behind {@linkcode SqliteImageCatalog.referenced}, for a test to explain. */
  referenceStatement() {
    return this.#database.orm
      .select({ sha256: images.sha256 })
      .from(images)
      .where(and(gte(images.sha256, sql.placeholder("beginning")), lt(images.sha256, sql.placeholder("end"))))
      .limit(1);
  }

  /** Gives a time for a purge that no earlier purge has, be it the same millisecond or the clock gone back. */
  #takePurgeTime(transaction: Transaction): number {
    const now = this.#now();
    return transaction
      .insert(purges)
      .values({ owner: OWNER, purgedAt: 0, latestAt: now })
      .onConflictDoUpdate({
        target: purges.owner,
        set: { latestAt: sql`max(${now}, ${purges.latestAt} + 1)` },
      })
      .returning({ latestAt: purges.latestAt })
      .get().latestAt;
  }

  /** Gives the image that an upload with the same key has made, or frees the key if that was too long ago. */
  #findEarlier(transaction: Transaction, { owner, idempotencyKey }: Image): AddedImage | null {
    if (idempotencyKey === null) return null;
    const sameKey = and(eq(images.owner, owner), eq(images.idempotencyKey, idempotencyKey));
    const row = transaction
      .select({ image: IMAGE_COLUMNS, blobKey: blobs.key })
      .from(images)
      .innerJoin(blobs, eq(blobs.digest, images.sha256))
      .where(sameKey)
      .get();
    if (!row) return null;
    const isFresh = this.#now() < row.image.createdAt + IDEMPOTENCY_LIFETIME && !this.#hasExpired(row.image);
    if (isFresh) return { image: fromRow(row.image), blobKey: row.blobKey };
    transaction.update(images).set({ idempotencyKey: null }).where(sameKey).run();
    return null;
  }

  /** Gives the key on record for a digest, recording the offered one if there is none; or `null`. */
  #useBlob(transaction: Transaction, digest: string, offer: BlobOffer | null): string | null {
    const used = { idleSince: null, condemnedAt: null };
    const known = transaction.update(blobs).set(used).where(eq(blobs.digest, digest)).returning().get();
    if (known) return known.key;
    if (!offer || this.#now() >= offer.validUntil) return null;
    transaction
      .insert(blobs)
      .values({ digest, key: offer.key, ...used })
      .run();
    return offer.key;
  }

  #remove(transaction: Transaction, id: string): string | null {
    const removed = transaction
      .delete(images)
      .where(eq(images.id, id))
      .returning({ sha256: images.sha256 })
      .get();
    if (!removed) return null;
    transaction.delete(imageTags).where(eq(imageTags.imageId, id)).run();
    transaction.update(blobs).set({ idleSince: this.#now() }).where(eq(blobs.digest, removed.sha256)).run();
    return removed.sha256;
  }

  #addTags(transaction: Transaction, image: Image, tags: readonly string[]): void {
    if (tags.length === 0) return;
    const { id: imageId, owner, createdAt } = image;
    transaction
      .insert(imageTags)
      .values(tags.map((tag) => ({ owner, tag, createdAt, imageId })))
      .run();
  }

  #isLive(): SQL | undefined {
    return or(isNull(images.expiresAt), gt(images.expiresAt, this.#now()));
  }

  #hasExpired(row: { readonly expiresAt: number | null }): boolean {
    return row.expiresAt !== null && row.expiresAt <= this.#now();
  }

  #transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#database.run(() => this.#database.orm.transaction(work, { behavior: "immediate" }));
  }
}

type Orm = Pick<SqliteDatabase["orm"], "update">;
type Transaction = Parameters<Parameters<SqliteDatabase["orm"]["transaction"]>[0]>[0];

function behind(value: SQL, id: SQLiteColumn, after: ListPosition, descending: boolean): SQL {
  const place = sql`(${after.value}, ${after.id})`;
  return descending ? sql`(${value}, ${id}) < ${place}` : sql`(${value}, ${id}) > ${place}`;
}
