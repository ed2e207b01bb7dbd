import { and, desc, eq, gt, inArray, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { type PostgresTime, timeOf } from "../../database/postgres/postgres_clock.ts";
import type { PostgresDatabase, PostgresTransaction } from "../../database/postgres/postgres_database.ts";
import { IMAGE_COLUMNS } from "../../database/postgres/postgres_image_columns.ts";
import { addTags, removeTags } from "../../database/postgres/postgres_image_tags.ts";
import { blobs, deletedImages, images } from "../../database/postgres/postgres_schema.ts";
import { areAmong, strikeOff } from "../../database/postgres/postgres_strike_off.ts";
import { countOut, DELETED_BYTES } from "../../database/postgres/postgres_usage.ts";
import type { CountedImage } from "../../tenant/usage_row.ts";
import { fromDeletedRow, imageRowOf } from "./deleted_image_row.ts";
import type { DeletedImages, DeletedListQuery, ErasedImages } from "./deleted_images.ts";
import type { DeletedImage, Image } from "../image.ts";
import type { RemovedImage, RemoveOptions } from "../catalog/image_catalog.ts";
import { fromRow } from "../catalog/image_row.ts";
import { constant } from "../../database/postgres/postgres_constant.ts";

const DELETED_COLUMNS = {
  id: deletedImages.id,
  owner: deletedImages.owner,
  sha256: deletedImages.sha256,
  bytes: DELETED_BYTES,
};

type OwnedTable = typeof deletedImages | typeof images;

interface EraseOptions extends RemoveOptions {
  /** Returns the condition for images that may be erased. @default {those of all owners} */
  readonly isTheirs?: (table: OwnedTable) => SQL | undefined;
}

/** Deleted images in Postgres. */
export class PostgresDeletedImages implements DeletedImages {
  readonly #database: PostgresDatabase;
  readonly #now: (() => number) | undefined;
  readonly #owner: string;
  readonly #time: PostgresTime;

  /** @param now A clock to use instead of the clock of the database */
  constructor(database: PostgresDatabase, now?: () => number, owner = "") {
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
    this.#time = timeOf(database, now);
  }

  of(owner: string): PostgresDeletedImages {
    return new PostgresDeletedImages(this.#database, this.#now, owner);
  }

  async find(id: string): Promise<DeletedImage | null> {
    const [row] = await this.#database.read(() =>
      this.#database.orm
        .select()
        .from(deletedImages)
        .where(and(eq(deletedImages.id, id), this.#isOwn(deletedImages), this.#isLive())),
    );
    return row ? fromDeletedRow(row) : null;
  }

  async list({ limit, after }: DeletedListQuery): Promise<readonly DeletedImage[]> {
    const { deletedAt, id, owner } = deletedImages;
    const behind = after && sql`(${deletedAt}, ${id}) < (${after.value}, ${after.id})`;
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select()
        .from(deletedImages)
        .where(and(eq(owner, this.#owner), behind, this.#isLive()))
        .orderBy(desc(deletedAt), desc(id))
        .limit(constant(limit)),
    );
    return rows.map(fromDeletedRow);
  }

  async restore(ids: readonly string[], deletedAfter: number): Promise<readonly Image[]> {
    if (ids.length === 0) return [];
    const isAmong = and(inArray(deletedImages.id, [...ids]), this.#isOwn(deletedImages));
    const isDue = and(gt(deletedImages.deletedAt, deletedAfter), this.#isLive());
    return await this.#database.transaction(async (transaction) => {
      const rows = await transaction.delete(deletedImages).where(and(isAmong, isDue)).returning();
      if (rows.length === 0) return [];
      const restored = await transaction.insert(images).values(rows.map(imageRowOf)).returning(IMAGE_COLUMNS);
      const found = restored.map(fromRow);
      await addTags(transaction, found, this.#database.metadataKeys);
      return found;
    });
  }

  async erase(ids: readonly string[], options?: RemoveOptions): Promise<ErasedImages> {
    return await this.#database.transaction((transaction) =>
      this.#erase(transaction, ids, { ...options, isTheirs: (table) => this.#isOwn(table) }),
    );
  }

  async eraseExpired(limit: number): Promise<ErasedImages> {
    return await this.#database.transaction(async (transaction) => {
      const expired: string[] = [];
      for (const table of [images, deletedImages]) {
        // A locked row is in use, and the next round takes it.
        const rows = await transaction
          .select({ id: table.id })
          .from(table)
          .where(lte(table.expiresAt, this.#time.exact()))
          .limit(constant(limit))
          .for("update", { skipLocked: true });
        expired.push(...rows.map(({ id }) => id));
      }
      return await this.#erase(transaction, expired);
    });
  }

  async release(deletedBefore: number, limit: number): Promise<number> {
    return await this.#database.transaction(async (transaction) => {
      const due = await transaction
        .select(DELETED_COLUMNS)
        .from(deletedImages)
        .where(lt(deletedImages.deletedAt, deletedBefore))
        .limit(constant(limit))
        .for("update", { skipLocked: true });
      if (due.length === 0) return 0;
      const ids = due.map(({ id }) => id);
      await transaction.delete(deletedImages).where(inArray(deletedImages.id, ids));
      const contents = due.map(({ owner, sha256 }) => ({ owner, digest: sha256 }));
      await transaction.update(blobs).set({ idleSince: this.#time.now() }).where(areAmong(contents));
      await countOut(transaction, due);
      return due.length;
    });
  }

  async #erase(
    transaction: PostgresTransaction,
    ids: readonly string[],
    { check, isTheirs = () => undefined }: EraseOptions = {},
  ): Promise<ErasedImages> {
    if (ids.length === 0) return { images: [], removals: [] };
    const erased: (CountedImage & RemovedImage)[] = [];
    // Images come twice, to find one that was restored while the statement for deleted images waited for its row.
    for (const table of [images, deletedImages, images]) {
      const isIn = and(inArray(table.id, [...ids]), isTheirs(table));
      if (table === images) {
        const rows = await transaction.delete(images).where(isIn).returning(IMAGE_COLUMNS);
        if (check) for (const row of rows) check(fromRow(row));
        erased.push(...rows);
      } else erased.push(...(await transaction.delete(deletedImages).where(isIn).returning(DELETED_COLUMNS)));
    }
    await removeTags(
      transaction,
      erased.map(({ id }) => id),
    );
    const contents = erased.map(({ owner, sha256 }) => ({ owner, digest: sha256 }));
    const removals = await strikeOff(this.#database, transaction, { contents, now: this.#time.now() });
    await countOut(transaction, erased);
    return { images: erased.map(({ id, owner, sha256 }) => ({ id, owner, sha256 })), removals };
  }

  #isOwn({ owner }: OwnedTable): SQL {
    return eq(owner, this.#owner);
  }

  #isLive(): SQL | undefined {
    return or(isNull(deletedImages.expiresAt), gt(deletedImages.expiresAt, this.#time.now()));
  }
}
