import { and, desc, eq, gt, inArray, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { IMAGE_COLUMNS } from "../../database/sqlite/sqlite_image_columns.ts";
import { addTags, removeTags } from "../../database/sqlite/sqlite_image_tags.ts";
import { belongsTo } from "../../database/sqlite/sqlite_owner.ts";
import { blobs, deletedImages, images } from "../../database/sqlite/sqlite_schema.ts";
import { areAmong, strikeOff } from "../../database/sqlite/sqlite_strike_off.ts";
import { countOut, DELETED_BYTES } from "../../database/sqlite/sqlite_usage.ts";
import { fromDeletedRow, imageRowOf } from "./deleted_image_row.ts";
import type { DeletedImages, DeletedListQuery, ErasedImages } from "./deleted_images.ts";
import type { DeletedImage, Image } from "../image.ts";
import type { RemoveOptions } from "../catalog/image_catalog.ts";
import { fromRow } from "../catalog/image_row.ts";

type OwnedTable = typeof deletedImages | typeof images;
type Transaction = Omit<SqliteDatabase["orm"], "transaction">;

interface EraseOptions extends RemoveOptions {
  /** Returns the condition for images that may be erased. @default {those of all owners} */
  readonly isTheirs?: (table: OwnedTable) => SQL | undefined;
}

/** Deleted images in SQLite. */
export class SqliteDeletedImages implements DeletedImages {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;

  readonly #owner: string;

  constructor(database: SqliteDatabase, now: () => number = Date.now, owner = "") {
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
  }

  of(owner: string): SqliteDeletedImages {
    return new SqliteDeletedImages(this.#database, this.#now, owner);
  }

  async find(id: string): Promise<DeletedImage | null> {
    const row = await this.#database.run(() =>
      this.#database.orm
        .select()
        .from(deletedImages)
        .where(and(eq(deletedImages.id, id), this.#isOwn(deletedImages), this.#isLive()))
        .get(),
    );
    return row ? fromDeletedRow(row) : null;
  }

  async list({ limit, after }: DeletedListQuery): Promise<readonly DeletedImage[]> {
    const { deletedAt, id, owner } = deletedImages;
    const behind = after && sql`(${deletedAt}, ${id}) < (${after.value}, ${after.id})`;
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select()
        .from(deletedImages)
        .where(and(eq(owner, this.#owner), behind, this.#isLive()))
        .orderBy(desc(deletedAt), desc(id))
        .limit(limit)
        .all(),
    );
    return rows.map(fromDeletedRow);
  }

  async restore(ids: readonly string[], deletedAfter: number): Promise<readonly Image[]> {
    const isAmong = and(inArray(deletedImages.id, [...ids]), this.#isOwn(deletedImages));
    const isDue = and(gt(deletedImages.deletedAt, deletedAfter), this.#isLive());
    return await this.#transaction((transaction) => {
      const rows = transaction.delete(deletedImages).where(and(isAmong, isDue)).returning().all();
      const restored = rows.map((row) =>
        transaction.insert(images).values(imageRowOf(row)).returning(IMAGE_COLUMNS).get(),
      );
      const found = restored.map(fromRow);
      addTags(transaction, found, this.#database.metadataKeys);
      return found;
    });
  }

  async erase(ids: readonly string[], options?: RemoveOptions): Promise<ErasedImages> {
    return await this.#free((transaction) =>
      this.#erase(transaction, ids, { ...options, isTheirs: (table) => this.#isOwn(table) }),
    );
  }

  async eraseExpired(limit: number): Promise<ErasedImages> {
    return await this.#free((transaction) => {
      const expired = [images, deletedImages].flatMap((table) =>
        transaction
          .select({ id: table.id })
          .from(table)
          .where(lte(table.expiresAt, this.#now()))
          .limit(limit)
          .all(),
      );
      return this.#erase(
        transaction,
        expired.map(({ id }) => id),
      );
    });
  }

  async release(deletedBefore: number, limit: number): Promise<number> {
    return await this.#free((transaction) => {
      const due = transaction
        .select({ id: deletedImages.id })
        .from(deletedImages)
        .where(lt(deletedImages.deletedAt, deletedBefore))
        .limit(limit);
      const released = transaction
        .delete(deletedImages)
        .where(inArray(deletedImages.id, due))
        .returning({ owner: deletedImages.owner, sha256: deletedImages.sha256, bytes: DELETED_BYTES })
        .all();
      if (released.length === 0) return 0;
      countOut(transaction, released);
      const contents = released.map(({ owner, sha256 }) => ({ owner, digest: sha256 }));
      transaction.update(blobs).set({ idleSince: this.#now() }).where(areAmong(contents)).run();
      return released.length;
    });
  }

  #erase(
    transaction: Transaction,
    ids: readonly string[],
    { check, isTheirs = () => undefined }: EraseOptions = {},
  ): ErasedImages {
    const live = transaction
      .delete(images)
      .where(and(inArray(images.id, [...ids]), isTheirs(images)))
      .returning(IMAGE_COLUMNS)
      .all();
    if (check) for (const row of live) check(fromRow(row));
    const deleted = transaction
      .delete(deletedImages)
      .where(and(inArray(deletedImages.id, [...ids]), isTheirs(deletedImages)))
      .returning()
      .all();
    countOut(transaction, [...live, ...deleted.map(imageRowOf)]);
    const erased = [...live, ...deleted].map(({ id, owner, sha256 }) => ({ id, owner, sha256 }));
    removeTags(
      transaction,
      erased.map(({ id }) => id),
    );
    const contents = erased.map(({ owner, sha256 }) => ({ owner, digest: sha256 }));
    const removals = strikeOff(this.#database, transaction, { contents, now: this.#now() });
    return { images: erased, removals };
  }

  #isOwn({ owner }: OwnedTable): SQL {
    return belongsTo(owner, this.#owner);
  }

  #isLive(): SQL | undefined {
    return or(isNull(deletedImages.expiresAt), gt(deletedImages.expiresAt, this.#now()));
  }

  #free<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#database.free(() => work(this.#database.orm));
  }

  #transaction<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#database.write(() => work(this.#database.orm));
  }
}
