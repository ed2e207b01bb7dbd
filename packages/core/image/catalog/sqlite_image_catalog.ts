import { and, eq, getTableColumns, gt, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { type OneTimeToken, tokenUsed } from "../../access/token/used_tokens.ts";
import type { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { IMAGE_COLUMNS } from "../../database/sqlite/sqlite_image_columns.ts";
import { addTags, removeTags } from "../../database/sqlite/sqlite_image_tags.ts";
import { belongsTo } from "../../database/sqlite/sqlite_owner.ts";
import { blobs, deletedImages, images, purges, usedTokens } from "../../database/sqlite/sqlite_schema.ts";
import { isBlobOf } from "../../database/sqlite/sqlite_strike_off.ts";
import { assertOwner } from "./assert_owner.ts";
import { changeImages } from "./change_images.ts";
import { prepareCountIn } from "../../database/sqlite/sqlite_usage.ts";
import { checkQuota } from "../../tenant/usage_row.ts";
import { toDeletedRow } from "../deleted/deleted_image_row.ts";
import type { Image, ImageAttributes, StoredImage } from "../image.ts";
import {
  type AddedImage,
  type AddOptions,
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

/** The owner of a catalog, and the statements that the catalogs of all owners share. */
interface Scope {
  readonly owner: string;
  readonly statements: ReturnType<typeof prepareStatements>;
}

/** The catalog of images in SQLite. */
export class SqliteImageCatalog implements ImageCatalog {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #owner: string;
  readonly #statements: Scope["statements"];
  readonly #listing: SqliteImageListing;

  constructor(database: SqliteDatabase, now: () => number = Date.now, scope?: Scope) {
    const { owner, statements } = scope ?? { owner: "", statements: prepareStatements(database) };
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
    this.#statements = statements;
    this.#listing = new SqliteImageListing(database, now, owner);
  }

  of(owner: string): SqliteImageCatalog {
    return new SqliteImageCatalog(this.#database, this.#now, { owner, statements: this.#statements });
  }

  async add(image: Image, offer: BlobOffer | null, { token }: AddOptions = {}): Promise<AddedImage | null> {
    assertOwner(image, this.#owner);
    return await this.#transaction((transaction) => {
      const earlier = this.#findEarlier(transaction, image.idempotencyKey);
      if (earlier && !heals(offer, image, earlier)) return earlier;
      const blobKey = this.#useBlob(image, offer);
      if (earlier) return { ...earlier, blobKey: blobKey ?? earlier.blobKey };
      if (blobKey === null) return null;
      if (token) useToken(transaction, token);
      const counted = this.#statements.countIn.get({ owner: image.owner, bytes: image.bytes });
      if (counted) checkQuota(counted, image);
      const row = this.#statements.insert.get({ ...toRow(image) });
      addTags(transaction, [image], this.#database.metadataKeys);
      return { image: fromRow(row), blobKey };
    });
  }

  async find(id: string): Promise<StoredImage | null> {
    const owner = this.#owner;
    const row = await this.#database.run(() => this.#statements.find.get({ id, owner }));
    if (!row || this.#hasExpired(row.image)) return null;
    return fromStoredRow(row);
  }

  async findByKey(idempotencyKey: string): Promise<Image | null> {
    return await this.#transaction((transaction) => {
      return this.#findEarlier(transaction, idempotencyKey)?.image ?? null;
    });
  }

  async findMany(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return await this.#findWhere(this.#among(ids));
  }

  async findOfAll(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return await this.#findWhere(inArray(images.id, [...ids]));
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
      const found = and(this.#among(ids), this.#isLive());
      const rows = transaction.select(IMAGE_COLUMNS).from(images).where(found).all();
      const { images: kept, hidden } = changeImages(rows.map(fromRow), change, this.#now());
      const generation = hidden.length > 0 ? this.#takePurgeTime(transaction) : 0;
      const updated = [...kept, ...hidden.map((image) => ({ ...image, generation }))];
      for (const image of updated) this.#statements.update.run({ id: image.id, ...changingColumns(image) });
      removeTags(
        transaction,
        updated.map(({ id }) => id),
      );
      addTags(transaction, updated, this.#database.metadataKeys);
      return updated;
    });
  }

  async remove(id: string, options?: RemoveOptions): Promise<RemovedImage | null> {
    const [removed] = await this.#database.free(() => this.#remove(this.#database.orm, [id], options));
    return removed ?? null;
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
        .where(and(this.#among(ids), this.#isLive()))
        .returning()
        .all()
        .map(fromRow);
    });
  }

  async purgeAll(): Promise<number> {
    return await this.#transaction((transaction) => {
      const purgedAt = this.#takePurgeTime(transaction);
      transaction.update(purges).set({ purgedAt }).where(eq(purges.owner, this.#owner)).run();
      return purgedAt;
    });
  }

  /** Returns a time for a purge that is later than those of all earlier purges, even if the clock stands still or goes back. */
  #takePurgeTime(transaction: Transaction): number {
    const now = this.#now();
    return transaction
      .insert(purges)
      .values({ owner: this.#owner, purgedAt: 0, latestAt: now })
      .onConflictDoUpdate({
        target: purges.owner,
        set: { latestAt: sql`max(${now}, ${purges.latestAt} + 1)` },
      })
      .returning({ latestAt: purges.latestAt })
      .get().latestAt;
  }

  /** Returns the image of an earlier upload with the same key, or clears the key of that image if it is no longer valid. */
  #findEarlier(transaction: Transaction, idempotencyKey: string | null): AddedImage | null {
    if (idempotencyKey === null) return null;
    const sameKey = and(eq(images.owner, this.#owner), eq(images.idempotencyKey, idempotencyKey));
    const row = transaction
      .select({ image: IMAGE_COLUMNS, blobKey: blobs.key })
      .from(images)
      .innerJoin(blobs, isBlobOf(images))
      .where(sameKey)
      .get();
    if (!row) return null;
    const isFresh = this.#now() < row.image.createdAt + IDEMPOTENCY_LIFETIME && !this.#hasExpired(row.image);
    if (isFresh) return { image: fromRow(row.image), blobKey: row.blobKey };
    transaction.update(images).set({ idempotencyKey: null }).where(sameKey).run();
    return null;
  }

  /**
   * Returns the recorded key of an image's bytes, or `null` if there is none. It first records the offered key if there is none, or if the offer
   * replaces it.
   */
  #useBlob({ owner, sha256: digest }: Image, offer: BlobOffer | null): string | null {
    const known = this.#statements.reuseBlob.get({ digest, owner });
    const isFresh = offer !== null && this.#now() < offer.validUntil;
    if (known && !(isFresh && offer.replaces === known.key)) return known.key;
    if (!isFresh) return null;
    const row = { digest, owner, key: offer.key, idleSince: null, condemnedAt: null, damagedAt: null };
    this.#statements.putBlob.run(row);
    return offer.key;
  }

  #remove(
    transaction: Transaction,
    ids: readonly string[],
    { check }: RemoveOptions = {},
  ): readonly RemovedImage[] {
    const removed = transaction.delete(images).where(this.#among(ids)).returning(IMAGE_COLUMNS).all();
    if (check) for (const row of removed) check(fromRow(row));
    const deletedAt = this.#now();
    for (const row of removed) transaction.insert(deletedImages).values(toDeletedRow(row, deletedAt)).run();
    removeTags(
      transaction,
      removed.map(({ id }) => id),
    );
    return removed.map(({ id, owner, sha256 }) => ({ id, owner, sha256 }));
  }

  async #findWhere(where: SQL | undefined): Promise<readonly StoredImage[]> {
    const found = this.#database.orm.select(STORED_COLUMNS).from(images).innerJoin(blobs, isBlobOf(images));
    const rows = await this.#database.run(() => found.where(and(where, this.#isLive())).all());
    return rows.map(fromStoredRow);
  }

  /** Returns the condition for images of the owner that have one of these ids. */
  #among(ids: readonly string[]): SQL | undefined {
    return and(inArray(images.id, [...ids]), belongsTo(images.owner, this.#owner));
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

type Transaction = Omit<SqliteDatabase["orm"], "transaction">;

function prepareStatements(database: SqliteDatabase) {
  const { orm } = database;
  const { placeholder } = sql;
  return {
    find: orm
      .select(STORED_COLUMNS)
      .from(images)
      .innerJoin(blobs, isBlobOf(images))
      .where(and(eq(images.id, placeholder("id")), belongsTo(images.owner, placeholder("owner"))))
      .prepare(),
    insert: orm.insert(images).values(placeholders(images)).returning(IMAGE_COLUMNS).prepare(),
    reuseBlob: orm
      .update(blobs)
      .set({ idleSince: null, condemnedAt: null })
      .where(and(eq(blobs.digest, placeholder("digest")), eq(blobs.owner, placeholder("owner"))))
      .returning()
      .prepare(),
    putBlob: orm
      .insert(blobs)
      .values(placeholders(blobs))
      .onConflictDoUpdate({
        target: [blobs.digest, blobs.owner],
        set: { key: sql`excluded.key`, damagedAt: null },
      })
      .prepare(),
    countIn: prepareCountIn(database),
    update: orm
      .update(images)
      .set(CHANGED)
      .where(eq(images.id, placeholder("id")))
      .prepare(),
  };
}

/** @throws {ProgImageError} `conflict` for a token that was used */
function useToken(transaction: Transaction, token: OneTimeToken): void {
  const used = transaction.insert(usedTokens).values(token).onConflictDoNothing().returning().get();
  if (!used) throw tokenUsed();
}

/** Returns a named placeholder for each column of a table. */
function placeholders<Table extends SQLiteTable>(table: Table): Table["$inferInsert"] {
  const names = Object.keys(getTableColumns(table));
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as Table["$inferInsert"];
}
