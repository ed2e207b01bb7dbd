import { count, eq, sql } from "drizzle-orm";
import type { StorageLimits } from "../../tenant/usage_records.ts";
import { type CountedImage, type CountedUse, isUnlimited, useByOwner } from "../../tenant/usage_row.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { deletedImages, images, usage } from "./sqlite_schema.ts";

type Transaction = Pick<SqliteDatabase["orm"], "delete" | "insert" | "select" | "update">;

/** The bytes of a deleted image. */
export const DELETED_BYTES = sql<number>`json_extract(${deletedImages.image}, '$.bytes')`;

/** Prepares the statement that counts a new image of an owner. It returns nothing for an owner without limits. */
export function prepareCountIn({ orm }: SqliteDatabase) {
  const { placeholder } = sql;
  return orm
    .update(usage)
    .set({
      images: sql`${usage.images} + 1`,
      bytes: sql`${usage.bytes} + ${placeholder("bytes")}`,
    })
    .where(eq(usage.owner, placeholder("owner")))
    .returning()
    .prepare();
}

/** Takes images off the use of their owners. */
export function countOut(transaction: Transaction, gone: readonly CountedImage[]): void {
  for (const [owner, { images, bytes }] of useByOwner(gone))
    transaction
      .update(usage)
      .set({ images: sql`${usage.images} - ${images}`, bytes: sql`${usage.bytes} - ${bytes}` })
      .where(eq(usage.owner, owner))
      .run();
}

/** Sets the limits of an owner. The first one counts what is stored. */
export function limitStorage(transaction: Transaction, owner: string, limits: StorageLimits): void {
  const isOwner = eq(usage.owner, owner);
  const set = { maxImages: limits.images, maxBytes: limits.bytes };
  if (isUnlimited(limits)) return void transaction.delete(usage).where(isOwner).run();
  const [known] = transaction.update(usage).set(set).where(isOwner).returning().all();
  if (known) return;
  transaction
    .insert(usage)
    .values({ owner, ...set, ...countUse(transaction, owner) })
    .run();
}

/** Counts in one statement, as another process may delete or restore an image between two. */
export function countUse(transaction: Transaction, owner: string): CountedUse {
  const live = transaction
    .select({ bytes: sql<number>`${images.bytes}`.as("bytes") })
    .from(images)
    .where(eq(images.owner, owner));
  const deleted = transaction
    .select({ bytes: DELETED_BYTES.as("bytes") })
    .from(deletedImages)
    .where(eq(deletedImages.owner, owner));
  const all = live.unionAll(deleted).as("counted");
  const counted = transaction
    .select({ images: count(), bytes: sql<number>`coalesce(sum(${all.bytes}), 0)`.mapWith(Number) })
    .from(all)
    .get();
  return counted ?? { images: 0, bytes: 0 };
}
