import { eq, sql } from "drizzle-orm";
import { type CountedImage, type UsageRow, useByOwner } from "../../tenant/usage_row.ts";
import type { PostgresTransaction } from "./postgres_database.ts";
import { deletedImages, usage } from "./postgres_schema.ts";

/** The bytes of a deleted image. */
export const DELETED_BYTES = sql<number>`(${deletedImages.image}::json->>'bytes')::bigint`.mapWith(Number);

/** The row of the owner in which {@linkcode countingIn} has counted an image; `null` if its storage is not limited. */
export const COUNTED = sql<UsageRow | null>`(select json_build_object('owner', owner, 'images', images, 'bytes', bytes,
  'maxImages', max_images, 'maxBytes', max_bytes) from counted)`;

/** Returns the part of a statement that counts a new image. It costs owners without limits no statement of their own. */
export function countingIn(transaction: PostgresTransaction, { owner, bytes }: CountedImage) {
  return transaction.$with("counted").as(
    transaction
      .update(usage)
      .set({ images: sql`${usage.images} + 1`, bytes: sql`${usage.bytes} + ${bytes}` })
      .where(eq(usage.owner, owner))
      .returning(),
  );
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
