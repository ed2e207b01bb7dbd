import { eq, sql } from "drizzle-orm";
import { type CountedImage, useByOwner } from "../../tenant/usage_row.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { deletedImages, usage } from "./sqlite_schema.ts";

type Transaction = Omit<SqliteDatabase["orm"], "transaction">;

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
