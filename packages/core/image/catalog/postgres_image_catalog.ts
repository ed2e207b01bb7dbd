import { and, asc, eq, gt, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import { type OneTimeToken, tokenUsed } from "../../access/token/used_tokens.ts";
import { type PostgresTime, timeOf } from "../../database/postgres/postgres_clock.ts";
import type { PostgresDatabase, PostgresTransaction } from "../../database/postgres/postgres_database.ts";
import { IMAGE_COLUMNS } from "../../database/postgres/postgres_image_columns.ts";
import { addTags, removeTags } from "../../database/postgres/postgres_image_tags.ts";
import { blobs, deletedImages, images, purges, usedTokens } from "../../database/postgres/postgres_schema.ts";
import { isBlobOf } from "../../database/postgres/postgres_strike_off.ts";
import { assertOwner } from "./assert_owner.ts";
import { changeImages } from "./change_images.ts";
import { countIn, IS_LIMITED } from "../../database/postgres/postgres_usage.ts";
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
import { CHANGING_COLUMNS, fromRow, fromStoredRow, toRow } from "./image_row.ts";
import { countListing, listCompletely, scanListing } from "./scan_listing.ts";
import { PostgresImageListing } from "../../database/postgres/postgres_image_listing.ts";

/** The values of an attempted insert for the columns of an image that change. */
const CHANGED = Object.fromEntries(
  CHANGING_COLUMNS.map((name) => [name, sql.raw(`excluded."${images[name].name}"`)]),
);

/** The columns of an image and of its ledger entry: the key of its bytes and whether they are damaged. */
const STORED_COLUMNS = { image: IMAGE_COLUMNS, blobKey: blobs.key, damagedAt: blobs.damagedAt };

/** The owner of a catalog, and the parts that the catalogs of all owners share. */
interface Scope {
  readonly owner: string;
  readonly time: PostgresTime;
  readonly find: ReturnType<typeof prepareFind>;
}

/** The catalog of images in Postgres. */
export class PostgresImageCatalog implements ImageCatalog {
  readonly #database: PostgresDatabase;
  readonly #scope: Scope;
  readonly #owner: string;
  readonly #time: PostgresTime;
  readonly #listing: PostgresImageListing;

  /** @param now A clock to use instead of the clock of the database */
  constructor(database: PostgresDatabase, now?: () => number, scope?: Scope) {
    this.#database = database;
    this.#scope = scope ?? { owner: "", time: timeOf(database, now), find: prepareFind(database) };
    this.#owner = this.#scope.owner;
    this.#time = this.#scope.time;
    this.#listing = new PostgresImageListing(database, this.#time, this.#owner);
  }

  of(owner: string): PostgresImageCatalog {
    return new PostgresImageCatalog(this.#database, undefined, { ...this.#scope, owner });
  }

  // Of two concurrent uploads with one key, the second conflicts with the row of the first, retries and finds it.
  async add(image: Image, offer: BlobOffer | null, { token }: AddOptions = {}): Promise<AddedImage | null> {
    assertOwner(image, this.#owner);
    return await this.#database.transaction(async (transaction) => {
      const earlier = await this.#findEarlier(transaction, image.idempotencyKey);
      if (earlier && !heals(offer, image, earlier)) return earlier;
      const blobKey = await this.#useBlob(transaction, image, offer);
      if (earlier) return { ...earlier, blobKey: blobKey ?? earlier.blobKey };
      if (blobKey === null) return null;
      if (token) await useToken(transaction, token);
      const returned = { ...IMAGE_COLUMNS, isLimited: IS_LIMITED };
      const [added] = await transaction.insert(images).values(toRow(image)).returning(returned);
      if (!added) return null;
      const { isLimited, ...row } = added;
      if (isLimited) await countIn(transaction, image);
      await addTags(transaction, [image], this.#database.metadataKeys);
      return { image: fromRow(row), blobKey };
    });
  }

  async find(id: string): Promise<StoredImage | null> {
    const [row] = await this.#database.read(() => this.#scope.find.execute({ id, owner: this.#owner }));
    if (!row || this.#hasExpired(row.image)) return null;
    return fromStoredRow(row);
  }

  async findByKey(idempotencyKey: string): Promise<Image | null> {
    return await this.#database.transaction(async (transaction) => {
      const earlier = await this.#findEarlier(transaction, idempotencyKey);
      return earlier?.image ?? null;
    });
  }

  async findMany(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return ids.length === 0 ? [] : await this.#findWhere(this.#among(ids));
  }

  async findOfAll(ids: readonly string[]): Promise<readonly StoredImage[]> {
    return ids.length === 0 ? [] : await this.#findWhere(inArray(images.id, [...ids]));
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
    return await this.#database.transaction(async (transaction) => {
      // A constant order prevents deadlocks between calls that change the same images.
      const rows = await transaction
        .select(IMAGE_COLUMNS)
        .from(images)
        .where(and(this.#among(ids), this.#isLive()))
        .orderBy(asc(images.id))
        .for("update");
      const { images: kept, hidden } = changeImages(rows.map(fromRow), change, this.#time.now());
      const generation = hidden.length > 0 ? await this.#takePurgeTime(transaction) : 0;
      const updated = [...kept, ...hidden.map((image) => ({ ...image, generation }))];
      if (updated.length === 0) return [];
      await transaction
        .insert(images)
        .values(updated.map(toRow))
        .onConflictDoUpdate({ target: images.id, set: CHANGED });
      await removeTags(
        transaction,
        updated.map((image) => image.id),
      );
      await addTags(transaction, updated, this.#database.metadataKeys);
      return updated;
    });
  }

  async remove(id: string, options?: RemoveOptions): Promise<RemovedImage | null> {
    const [removed] = await this.#database.transaction((transaction) =>
      this.#remove(transaction, [id], options),
    );
    return removed ?? null;
  }

  async removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]> {
    if (ids.length === 0) return [];
    return await this.#database.transaction((transaction) => this.#remove(transaction, ids));
  }

  async purge(ids: readonly string[]): Promise<readonly Image[]> {
    return await this.#database.transaction(async (transaction) => {
      const generation = await this.#takePurgeTime(transaction);
      if (ids.length === 0) return [];
      const purged = await transaction
        .update(images)
        .set({ generation })
        .where(and(this.#among(ids), this.#isLive()))
        .returning();
      return purged.map(fromRow);
    });
  }

  async purgeAll(): Promise<number> {
    return await this.#database.transaction(async (transaction) => {
      const purgedAt = await this.#takePurgeTime(transaction);
      await transaction.update(purges).set({ purgedAt }).where(eq(purges.owner, this.#owner));
      return purgedAt;
    });
  }

  /** Returns a time for a purge that is later than those of all earlier purges, even if the clock stands still or goes back. */
  async #takePurgeTime(transaction: PostgresTransaction): Promise<number> {
    const now = this.#time.now();
    const [row] = await transaction
      .insert(purges)
      .values({ owner: this.#owner, purgedAt: 0, latestAt: now })
      .onConflictDoUpdate({
        target: purges.owner,
        set: { latestAt: sql`greatest(${now}, ${purges.latestAt} + 1)` },
      })
      .returning({ latestAt: purges.latestAt });
    return row?.latestAt ?? now;
  }

  /** Returns the image of an earlier upload with the same key, or clears the key of that image if it is no longer valid. */
  async #findEarlier(
    transaction: PostgresTransaction,
    idempotencyKey: string | null,
  ): Promise<AddedImage | null> {
    if (idempotencyKey === null) return null;
    const sameKey = and(eq(images.owner, this.#owner), eq(images.idempotencyKey, idempotencyKey));
    const [row] = await transaction
      .select({ image: IMAGE_COLUMNS, blobKey: blobs.key })
      .from(images)
      .innerJoin(blobs, isBlobOf(images))
      .where(sameKey);
    if (!row) return null;
    const isFresh =
      this.#time.now() < row.image.createdAt + IDEMPOTENCY_LIFETIME && !this.#hasExpired(row.image);
    if (isFresh) return { image: fromRow(row.image), blobKey: row.blobKey };
    await transaction
      .update(images)
      .set({ idempotencyKey: null })
      .where(and(sameKey, eq(images.id, row.image.id)));
    return null;
  }

  /**
   * Returns the recorded key of an image's bytes, or `null` if there is none. It first records the offered key if there is none, or if the offer
   * replaces it. The row is locked until the transaction ends.
   */
  async #useBlob(
    transaction: PostgresTransaction,
    { owner, sha256: digest }: Image,
    offer: BlobOffer | null,
  ): Promise<string | null> {
    const isRecord = and(eq(blobs.digest, digest), eq(blobs.owner, owner));
    const used = { idleSince: null, condemnedAt: null };
    const isFresh = offer !== null && this.#time.now() < offer.validUntil;
    const [known] = isFresh
      ? await transaction
          .insert(blobs)
          .values({ digest, owner, key: offer.key, damagedAt: null, ...used })
          .onConflictDoUpdate({ target: [blobs.digest, blobs.owner], set: used })
          .returning()
      : await transaction.update(blobs).set(used).where(isRecord).returning();
    if (!isFresh || known?.key !== offer.replaces) return known?.key ?? null;
    await transaction.update(blobs).set({ key: offer.key, damagedAt: null }).where(isRecord);
    return offer.key;
  }

  async #remove(
    transaction: PostgresTransaction,
    ids: readonly string[],
    { check }: RemoveOptions = {},
  ): Promise<readonly RemovedImage[]> {
    const removed = await transaction.delete(images).where(this.#among(ids)).returning(IMAGE_COLUMNS);
    if (check) for (const row of removed) check(fromRow(row));
    if (removed.length === 0) return [];
    const deletedAt = this.#time.now();
    await transaction.insert(deletedImages).values(removed.map((row) => toDeletedRow(row, deletedAt)));
    await removeTags(
      transaction,
      removed.map(({ id }) => id),
    );
    return removed.map(({ id, owner, sha256 }) => ({ id, owner, sha256 }));
  }

  async #findWhere(where: SQL | undefined): Promise<readonly StoredImage[]> {
    const found = this.#database.orm.select(STORED_COLUMNS).from(images).innerJoin(blobs, isBlobOf(images));
    const rows = await this.#database.read(() => found.where(and(where, this.#isLive())));
    return rows.map(fromStoredRow);
  }

  /** Returns the condition for images of the owner that have one of these ids. */
  #among(ids: readonly string[]): SQL | undefined {
    return and(inArray(images.id, [...ids]), eq(images.owner, this.#owner));
  }

  #isLive(): SQL | undefined {
    return or(isNull(images.expiresAt), gt(images.expiresAt, this.#time.now()));
  }

  #hasExpired(row: { readonly expiresAt: number | null }): boolean {
    return row.expiresAt !== null && row.expiresAt <= this.#time.now();
  }
}

function prepareFind({ orm }: PostgresDatabase) {
  return orm
    .select(STORED_COLUMNS)
    .from(images)
    .innerJoin(blobs, isBlobOf(images))
    .where(and(eq(images.id, sql.placeholder("id")), eq(images.owner, sql.placeholder("owner"))))
    .prepare("find_image");
}

/** @throws {ProgImageError} `conflict` for a token that was used. It waits for another upload that uses the token at the moment. */
async function useToken(transaction: PostgresTransaction, token: OneTimeToken): Promise<void> {
  const used = await transaction.insert(usedTokens).values(token).onConflictDoNothing().returning();
  if (used.length === 0) throw tokenUsed();
}
