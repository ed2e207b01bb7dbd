import { count, eq, sql } from "drizzle-orm";
import type { StorageLimits } from "../../tenant/usage_records.ts";
import {
  checkQuota,
  type CountedImage,
  type CountedUse,
  isUnlimited,
  useByOwner,
} from "../../tenant/usage_row.ts";
import { constant } from "./postgres_constant.ts";
import type { PostgresTransaction } from "./postgres_database.ts";
import { deletedImages, images, usage } from "./postgres_schema.ts";

/** The bytes of a deleted image. */
export const DELETED_BYTES = sql<number>`(${deletedImages.image}::json->>'bytes')::bigint`.mapWith(Number);

/** The advisory lock for setting limits, so that one is set at a time. The number is arbitrary. */
const LIMIT_LOCK = 5_204_112_637_983;

/** Whether the storage of an image's owner is limited. It is nested, because drizzle would otherwise omit the table names. */
export const IS_LIMITED = sql<
  true | null
>`${sql`(select true from ${usage} where ${usage.owner} = ${images.owner})`}`;

/** Counts a new image of an owner whose storage is limited. @throws {ProgImageError} `quota_exceeded` */
export async function countIn(transaction: PostgresTransaction, image: CountedImage): Promise<void> {
  const [counted] = await transaction
    .update(usage)
    .set({ images: sql`${usage.images} + 1`, bytes: sql`${usage.bytes} + ${image.bytes}` })
    .where(eq(usage.owner, image.owner))
    .returning();
  if (counted) checkQuota(counted, image);
}

/** Takes images off the use of their owners. */
export async function countOut(
  transaction: PostgresTransaction,
  gone: readonly CountedImage[],
): Promise<void> {
  if (gone.length === 0) return;
  const uses = [...useByOwner(gone)].map(([owner, use]) => ({ owner, ...use }));
  await transaction.execute(sql`
    update ${usage} set images = ${usage}.images - gone.images, bytes = ${usage}.bytes - gone.bytes
    from json_to_recordset(${JSON.stringify(uses)}::text::json) as gone(owner text, images bigint, bytes bigint)
    where ${usage}.owner = gone.owner`);
}

/** Sets the limits of an owner. The first one counts what is stored. */
export async function limitStorage(
  transaction: PostgresTransaction,
  owner: string,
  limits: StorageLimits,
): Promise<void> {
  const set = { maxImages: limits.images, maxBytes: limits.bytes };
  const isOwner = eq(usage.owner, owner);
  if (isUnlimited(limits)) return void (await transaction.delete(usage).where(isOwner));
  // Two first limits would each wait for the lock of readers that the other one holds.
  await transaction.execute(sql`select pg_advisory_xact_lock(${constant(LIMIT_LOCK)})`);
  const [known] = await transaction.update(usage).set(set).where(isOwner).returning();
  if (known) return;
  // Transactions that add or remove images hold a lock of readers until they end: each of them is counted here, or sees the new row.
  await transaction.execute(sql`lock table ${usage} in access exclusive mode`);
  const counted = await countUse(transaction, owner);
  await transaction
    .insert(usage)
    .values({ owner, ...set, ...counted })
    .onConflictDoUpdate({ target: usage.owner, set: { ...set, ...counted } });
}

/** Counts in one statement, as an image may be deleted or restored between two. */
export async function countUse(transaction: PostgresTransaction, owner: string): Promise<CountedUse> {
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
