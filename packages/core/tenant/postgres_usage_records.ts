import { count, eq, sql } from "drizzle-orm";
import type { PostgresDatabase, PostgresTransaction } from "../database/postgres/postgres_database.ts";
import { deletedImages, images, usage } from "../database/postgres/postgres_schema.ts";
import { DELETED_BYTES } from "../database/postgres/postgres_usage.ts";
import type { StorageLimits, StorageUse, UsageRecords } from "./usage_records.ts";
import { type CountedUse, isUnlimited, unlimitedUse, useOf } from "./usage_row.ts";

/** The stored images of owners in Postgres. */
export class PostgresUsageRecords implements UsageRecords {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async setLimits(owner: string, limits: StorageLimits): Promise<void> {
    const set = { maxImages: limits.images, maxBytes: limits.bytes };
    const isOwner = eq(usage.owner, owner);
    await this.#database.transaction(async (transaction) => {
      if (isUnlimited(limits)) return void (await transaction.delete(usage).where(isOwner));
      const [known] = await transaction.update(usage).set(set).where(isOwner).returning();
      if (known) return;
      // Transactions that add or remove images hold a weaker lock until they end: each of them is counted here, or sees the new row.
      await transaction.execute(sql`lock table ${usage} in share row exclusive mode`);
      const counted = await countUse(transaction, owner);
      await transaction
        .insert(usage)
        .values({ owner, ...set, ...counted })
        .onConflictDoUpdate({ target: usage.owner, set: { ...set, ...counted } });
    });
  }

  async read(owner: string): Promise<StorageUse> {
    return await this.#database.transaction(async (transaction) => {
      const [known] = await transaction.select().from(usage).where(eq(usage.owner, owner));
      return known ? useOf(known) : unlimitedUse(await countUse(transaction, owner));
    });
  }
}

/** Counts in one statement, as an image may be deleted or restored between two. */
async function countUse(transaction: PostgresTransaction, owner: string): Promise<CountedUse> {
  const live = transaction
    .select({ bytes: sql<number>`${images.bytes}`.as("bytes") })
    .from(images)
    .where(eq(images.owner, owner));
  const deleted = transaction
    .select({ bytes: sql<number>`${DELETED_BYTES}`.as("bytes") })
    .from(deletedImages)
    .where(eq(deletedImages.owner, owner));
  const all = live.unionAll(deleted).as("counted");
  const [counted] = await transaction
    .select({ images: count(), bytes: sql<number>`coalesce(sum(${all.bytes}), 0)`.mapWith(Number) })
    .from(all);
  return counted ?? { images: 0, bytes: 0 };
}
