import { and, eq, exists, inArray, not, type SQL, sql } from "drizzle-orm";
import type { Removal } from "../../blob/removal_record.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { blobs, deletedImages, images, removals } from "./sqlite_schema.ts";

type Transaction = Omit<SqliteDatabase["orm"], "transaction">;

/** Returns the condition that an image refers to a blob: one in the catalog, or a deleted one that can be restored. */
export function isReferenced({ orm }: SqliteDatabase): SQL {
  const one = { one: sql`1` };
  const byImage = exists(orm.select(one).from(images).where(eq(images.sha256, blobs.digest)));
  const byDeleted = exists(orm.select(one).from(deletedImages).where(eq(deletedImages.sha256, blobs.digest)));
  return sql`(${byImage} or ${byDeleted})`;
}

/** Deletes the records of those digests that no image refers to. Records and returns their removals. */
export function strikeOff(
  database: SqliteDatabase,
  transaction: Transaction,
  { digests, now }: { readonly digests: readonly string[]; readonly now: number },
): readonly Removal[] {
  const struck = transaction
    .delete(blobs)
    .where(and(inArray(blobs.digest, [...digests]), not(isReferenced(database))))
    .returning({ key: blobs.key, digest: blobs.digest })
    .all();
  const removed = struck.map(({ key, digest }) => ({ key, digest, removedAt: now }));
  const rows = removed.map((removal) => ({ ...removal, isDone: false }));
  if (rows.length > 0) transaction.insert(removals).values(rows).onConflictDoNothing().run();
  return removed;
}
