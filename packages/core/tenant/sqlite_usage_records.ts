import { count, eq, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { deletedImages, images, usage } from "../database/sqlite/sqlite_schema.ts";
import { DELETED_BYTES } from "../database/sqlite/sqlite_usage.ts";
import type { StorageLimits, StorageUse, UsageRecords } from "./usage_records.ts";
import { type CountedUse, isUnlimited, unlimitedUse, useOf } from "./usage_row.ts";

/** The stored images of owners in SQLite. */
export class SqliteUsageRecords implements UsageRecords {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async setLimits(owner: string, limits: StorageLimits): Promise<void> {
    const { orm } = this.#database;
    const isOwner = eq(usage.owner, owner);
    const set = { maxImages: limits.images, maxBytes: limits.bytes };
    await this.#database.write(() => {
      if (isUnlimited(limits)) return orm.delete(usage).where(isOwner).run();
      const [known] = orm.update(usage).set(set).where(isOwner).returning().all();
      if (!known)
        orm
          .insert(usage)
          .values({ owner, ...set, ...this.#count(owner) })
          .run();
    });
  }

  async read(owner: string): Promise<StorageUse> {
    const row = this.#database.orm.select().from(usage).where(eq(usage.owner, owner));
    return await this.#database.run(() => {
      const known = row.get();
      return known ? useOf(known) : unlimitedUse(this.#count(owner));
    });
  }

  /** Counts in one statement, as another process may delete or restore an image between two. */
  #count(owner: string): CountedUse {
    const { orm } = this.#database;
    const live = orm
      .select({ bytes: sql<number>`${images.bytes}`.as("bytes") })
      .from(images)
      .where(eq(images.owner, owner));
    const deleted = orm
      .select({ bytes: DELETED_BYTES.as("bytes") })
      .from(deletedImages)
      .where(eq(deletedImages.owner, owner));
    const all = live.unionAll(deleted).as("counted");
    const counted = orm
      .select({ images: count(), bytes: sql<number>`coalesce(sum(${all.bytes}), 0)`.mapWith(Number) })
      .from(all)
      .get();
    return counted ?? { images: 0, bytes: 0 };
  }
}
