import { and, asc, desc, eq, gt, gte, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { SqliteDatabase } from "../database/sqlite_database.ts";
import { blobs, images, imageTags } from "../database/sqlite_schema.ts";
import type { Image, ImageAttributes, StoredImage } from "./image.ts";
import {
  type AddedImage,
  type BlobOffer,
  IDEMPOTENCY_LIFETIME,
  type ImageCatalog,
  type ImageOrder,
  type ListQuery,
} from "./image_catalog.ts";
import { attributeColumns, fromRow, toRow } from "./image_row.ts";

const ORDER_COLUMNS: Readonly<Record<ImageOrder, SQLiteColumn>> = {
  createdAt: images.createdAt,
  name: images.name,
  bytes: images.bytes,
};

/** Behind every text that starts with a prefix, in the order of bytes. */
const LAST_CHARACTER = "\u{10FFFF}";

/** There are no tenants yet. */
const OWNER = "";

/** The catalog of images in SQLite. */
export class SqliteImageCatalog implements ImageCatalog {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #find;

  constructor(database: SqliteDatabase, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#find = database.orm
      .select({ image: images, blobKey: blobs.key })
      .from(images)
      .innerJoin(blobs, eq(blobs.digest, images.sha256))
      .where(eq(images.id, sql.placeholder("id")))
      .prepare();
  }

  async add(image: Image, offer: BlobOffer | null): Promise<AddedImage | null> {
    return await this.#transaction((transaction) => {
      const earlier = this.#findEarlier(transaction, image);
      if (earlier) return earlier;
      const blobKey = this.#useBlob(transaction, image.sha256, offer);
      if (blobKey === null) return null;
      transaction.insert(images).values(toRow(image)).run();
      this.#addTags(transaction, image, image.tags);
      return { image, blobKey };
    });
  }

  async find(id: string): Promise<StoredImage | null> {
    const row = await this.#database.run(() => this.#find.get({ id }));
    if (!row || this.#hasExpired(row.image)) return null;
    return { ...fromRow(row.image), blobKey: row.blobKey };
  }

  async list(query: ListQuery): Promise<readonly Image[]> {
    const rows = await this.#database.run(() => this.listStatement(query).all());
    return rows.map((row) => fromRow(row.image));
  }

  /** Gives the statement behind {@linkcode SqliteImageCatalog.list}, for a test to explain. */
  listStatement(query: ListQuery) {
    const { orm } = this.#database;
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
      query.namePrefix ? gte(images.name, query.namePrefix) : undefined,
      query.namePrefix ? lt(images.name, query.namePrefix + LAST_CHARACTER) : undefined,
      query.createdAfter === undefined ? undefined : gte(ranged, query.createdAfter),
      query.createdBefore === undefined ? undefined : lt(ranged, query.createdBefore),
      query.after && behind(ranged, id, query),
      or(isNull(images.expiresAt), gt(images.expiresAt, this.#now())),
    ];
    const selected = orm.select({ image: images });
    // A cross join keeps SQLite from leading with the other table.
    const from = byTag
      ? selected
          .from(imageTags)
          .crossJoin(images)
          .where(and(eq(images.id, imageTags.imageId), ...conditions))
      : selected.from(images).where(and(...conditions));
    return from.orderBy(direction(value), direction(id)).limit(query.limit);
  }

  async update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null> {
    return await this.#transaction((transaction) => {
      const row = transaction.select().from(images).where(eq(images.id, id)).get();
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

  async remove(id: string): Promise<boolean> {
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

  /** Gives the image that an upload with the same key has made, or frees the key if that was too long ago. */
  #findEarlier(transaction: Transaction, { owner, idempotencyKey }: Image): AddedImage | null {
    if (idempotencyKey === null) return null;
    const sameKey = and(eq(images.owner, owner), eq(images.idempotencyKey, idempotencyKey));
    const row = transaction
      .select({ image: images, blobKey: blobs.key })
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

  #remove(transaction: Transaction, id: string): boolean {
    const removed = transaction
      .delete(images)
      .where(eq(images.id, id))
      .returning({ sha256: images.sha256 })
      .get();
    if (!removed) return false;
    transaction.delete(imageTags).where(eq(imageTags.imageId, id)).run();
    transaction.update(blobs).set({ idleSince: this.#now() }).where(eq(blobs.digest, removed.sha256)).run();
    return true;
  }

  #addTags(transaction: Transaction, image: Image, tags: readonly string[]): void {
    if (tags.length === 0) return;
    const { id: imageId, owner, createdAt } = image;
    transaction
      .insert(imageTags)
      .values(tags.map((tag) => ({ owner, tag, createdAt, imageId })))
      .run();
  }

  #hasExpired(row: { readonly expiresAt: number | null }): boolean {
    return row.expiresAt !== null && row.expiresAt <= this.#now();
  }

  #transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#database.run(() => this.#database.orm.transaction(work, { behavior: "immediate" }));
  }
}

type Transaction = Parameters<Parameters<SqliteDatabase["orm"]["transaction"]>[0]>[0];

function behind(value: SQL, id: SQLiteColumn, query: ListQuery): SQL {
  const place = sql`(${query.after?.value}, ${query.after?.id})`;
  return query.descending ? sql`(${value}, ${id}) < ${place}` : sql`(${value}, ${id}) > ${place}`;
}
