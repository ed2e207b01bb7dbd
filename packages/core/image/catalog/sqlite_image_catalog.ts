import { and, eq, getTableColumns, gt, gte, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { IMAGE_COLUMNS } from "../../database/sqlite/sqlite_image_columns.ts";
import { addTags, removeTags } from "../../database/sqlite/sqlite_image_tags.ts";
import { blobs, deletedImages, images, purges } from "../../database/sqlite/sqlite_schema.ts";
import { LAST_DIGIT, OWNER } from "./catalog_constants.ts";
import { toDeletedRow } from "../deleted/deleted_image_row.ts";
import type { Image, ImageAttributes, StoredImage } from "../image.ts";
import {
  type AddedImage,
  type BlobOffer,
  type CountQuery,
  heals,
  IDEMPOTENCY_LIFETIME,
  type ImageCatalog,
  type ImageCount,
  type ImageSlice,
  type ListQuery,
  type RemovedImage,
  type RemoveOptions,
} from "./image_catalog.ts";
import { CHANGING_COLUMNS, changingColumns, fromRow, fromStoredRow, toRow } from "./image_row.ts";
import { countListing, listCompletely, scanListing } from "./scan_listing.ts";
import { SqliteImageListing } from "../../database/sqlite/sqlite_image_listing.ts";

/** The columns of an image and of its ledger entry: the key of its bytes and whether they are damaged. */
const STORED_COLUMNS = { image: IMAGE_COLUMNS, blobKey: blobs.key, damagedAt: blobs.damagedAt };

/** Placeholders for the columns of an image that change. */
const CHANGED = Object.fromEntries(CHANGING_COLUMNS.map((name) => [name, sql`${sql.placeholder(name)}`]));

/** The catalog of images in SQLite. */
export class SqliteImageCatalog implements ImageCatalog {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #listing: SqliteImageListing;
  readonly #find;
  readonly #reference;
  readonly #insert;
  readonly #reuseBlob;
  readonly #putBlob;
  readonly #update;

  constructor(database: SqliteDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#listing = new SqliteImageListing(database, now);
    const { orm } = database;
    const { placeholder } = sql;
    this.#find = orm
      .select(STORED_COLUMNS)
      .from(images)
      .innerJoin(blobs, eq(blobs.digest, images.sha256))
      .where(eq(images.id, placeholder("id")))
      .prepare();
    this.#reference = orm
      .select({ sha256: images.sha256 })
      .from(images)
      .where(and(gte(images.sha256, placeholder("beginning")), lt(images.sha256, placeholder("end"))))
      .limit(1)
      .prepare();
    this.#insert = orm.insert(images).values(placeholders(images)).returning(IMAGE_COLUMNS).prepare();
    this.#reuseBlob = orm
      .update(blobs)
      .set({ idleSince: null, condemnedAt: null })
      .where(eq(blobs.digest, placeholder("digest")))
      .returning()
      .prepare();
    this.#putBlob = orm
      .insert(blobs)
      .values(placeholders(blobs))
      .onConflictDoUpdate({
        target: [blobs.digest, blobs.owner],
        set: { key: sql`excluded.key`, damagedAt: null },
      })
      .prepare();
    this.#update = orm
      .update(images)
      .set(CHANGED)
      .where(eq(images.id, placeholder("id")))
      .prepare();
  }

  async add(image: Image, offer: BlobOffer | null): Promise<AddedImage | null> {
    return await this.#transaction((transaction) => {
      const earlier = this.#findEarlier(transaction, image);
      if (earlier && !heals(offer, image, earlier)) return earlier;
      const blobKey = this.#useBlob(image.sha256, offer);
      if (earlier) return { ...earlier, blobKey: blobKey ?? earlier.blobKey };
      if (blobKey === null) return null;
      const row = this.#insert.get({ ...toRow(image) });
      addTags(transaction, [image], this.#database.metadataKeys);
      return { image: fromRow(row), blobKey };
    });
  }

  async find(id: string): Promise<StoredImage | null> {
    const row = await this.#database.run(() => this.#find.get({ id }));
    if (!row || this.#hasExpired(row.image)) return null;
    return fromStoredRow(row);
  }

  async findByKey(idempotencyKey: string): Promise<Image | null> {
    return await this.#transaction((transaction) => {
      return this.#findEarlier(transaction, { owner: OWNER, idempotencyKey })?.image ?? null;
    });
  }

  async findMany(ids: readonly string[]): Promise<readonly StoredImage[]> {
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select(STORED_COLUMNS)
        .from(images)
        .innerJoin(blobs, eq(blobs.digest, images.sha256))
        .where(and(inArray(images.id, [...ids]), this.#isLive()))
        .all(),
    );
    return rows.map(fromStoredRow);
  }

  list(query: ListQuery): Promise<readonly Image[]> {
    return listCompletely(this.#listing, query);
  }

  scan(query: ListQuery): Promise<ImageSlice> {
    return scanListing(this.#listing, query);
  }

  count(query: CountQuery, limit: number): Promise<ImageCount> {
    return countListing(this.#listing, query, limit);
  }

  async update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null> {
    const [updated = null] = await this.updateMany([id], change);
    return updated;
  }

  async updateMany(
    ids: readonly string[],
    change: (image: Image) => ImageAttributes | null,
  ): Promise<readonly Image[]> {
    return await this.#transaction((transaction) => {
      const found = and(inArray(images.id, [...ids]), this.#isLive());
      const rows = transaction.select(IMAGE_COLUMNS).from(images).where(found).all();
      const updated = rows.flatMap((row) => {
        const before = fromRow(row);
        const attributes = change(before);
        if (!attributes) return [];
        return [{ ...before, ...attributes, revision: before.revision + 1, updatedAt: this.#now() }];
      });
      for (const image of updated) this.#update.run({ id: image.id, ...changingColumns(image) });
      removeTags(
        transaction,
        updated.map(({ id }) => id),
      );
      addTags(transaction, updated, this.#database.metadataKeys);
      return updated;
    });
  }

  async remove(id: string, options?: RemoveOptions): Promise<string | null> {
    const [removed] = await this.#database.free(() => this.#remove(this.#database.orm, [id], options));
    return removed?.sha256 ?? null;
  }

  async removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]> {
    return await this.#database.free(() => this.#remove(this.#database.orm, ids));
  }

  async purge(ids: readonly string[]): Promise<readonly Image[]> {
    return await this.#transaction((transaction) => {
      const generation = this.#takePurgeTime(transaction);
      return transaction
        .update(images)
        .set({ generation })
        .where(and(inArray(images.id, [...ids]), this.#isLive()))
        .returning()
        .all()
        .map(fromRow);
    });
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

  /** Returns a time for a purge that is later than those of all earlier purges, even if the clock stands still or goes back. */
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

  /** Returns the image of an earlier upload with the same key, or clears the key of that image if it is no longer valid. */
  #findEarlier(transaction: Transaction, { owner, idempotencyKey }: KeyedUpload): AddedImage | null {
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

  /**
   * Returns the recorded key of a digest, or `null` if there is none. It first records the offered key if there is none, or if the offer
   * replaces it.
   */
  #useBlob(digest: string, offer: BlobOffer | null): string | null {
    const known = this.#reuseBlob.get({ digest });
    const isFresh = offer !== null && this.#now() < offer.validUntil;
    if (known && !(isFresh && offer.replaces === known.key)) return known.key;
    if (!isFresh) return null;
    const row = { digest, owner: OWNER, key: offer.key, idleSince: null, condemnedAt: null, damagedAt: null };
    this.#putBlob.run(row);
    return offer.key;
  }

  #remove(
    transaction: Transaction,
    ids: readonly string[],
    { check }: RemoveOptions = {},
  ): readonly RemovedImage[] {
    const removed = transaction
      .delete(images)
      .where(inArray(images.id, [...ids]))
      .returning(IMAGE_COLUMNS)
      .all();
    if (check) for (const row of removed) check(fromRow(row));
    const deletedAt = this.#now();
    for (const row of removed) transaction.insert(deletedImages).values(toDeletedRow(row, deletedAt)).run();
    removeTags(transaction, ids);
    return removed.map(({ id, sha256 }) => ({ id, sha256 }));
  }

  #isLive(): SQL | undefined {
    return or(isNull(images.expiresAt), gt(images.expiresAt, this.#now()));
  }

  #hasExpired(row: { readonly expiresAt: number | null }): boolean {
    return row.expiresAt !== null && row.expiresAt <= this.#now();
  }

  #transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#database.write(() => work(this.#database.orm));
  }
}

type KeyedUpload = Pick<Image, "idempotencyKey" | "owner">;
type Transaction = Omit<SqliteDatabase["orm"], "transaction">;

/** Returns a named placeholder for each column of a table. */
function placeholders<Table extends SQLiteTable>(table: Table): Table["$inferInsert"] {
  const names = Object.keys(getTableColumns(table));
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as Table["$inferInsert"];
}
