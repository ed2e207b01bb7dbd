import { and, eq, exists, inArray, not, type SQL, sql } from "drizzle-orm";
import type { Removal } from "../../blob/removal_record.ts";
import type { PostgresDatabase, PostgresTransaction } from "./postgres_database.ts";
import { blobs, deletedImages, images, removals } from "./postgres_schema.ts";

/** Returns the condition that an image refers to a blob: one in the catalog, or a deleted one that can be restored. */
export function isReferenced({ orm }: PostgresDatabase): SQL {
  const one = { one: sql`1` };
  const byImage = exists(orm.select(one).from(images).where(eq(images.sha256, blobs.digest)));
  const byDeleted = exists(orm.select(one).from(deletedImages).where(eq(deletedImages.sha256, blobs.digest)));
  return sql`(${byImage} or ${byDeleted})`;
}

/**
 * Deletes the records of those digests that no image refers to. Records and returns their removals. It locks the rows of the blobs first,
 * so that an upload that holds one has committed its image before the search for images.
 */
export async function strikeOff(
  database: PostgresDatabase,
  transaction: PostgresTransaction,
  { digests, now }: { readonly digests: readonly string[]; readonly now: number },
): Promise<readonly Removal[]> {
  if (digests.length === 0) return [];
  const among = inArray(blobs.digest, [...new Set(digests)].toSorted());
  await transaction
    .select({ digest: blobs.digest })
    .from(blobs)
    .where(among)
    .orderBy(blobs.digest)
    .for("update");
  const struck = await transaction
    .delete(blobs)
    .where(and(among, not(isReferenced(database))))
    .returning({ key: blobs.key, digest: blobs.digest });
  const removed = struck.map(({ key, digest }) => ({ key, digest, removedAt: now }));
  const rows = removed.map((removal) => ({ ...removal, isDone: false }));
  if (rows.length > 0) await transaction.insert(removals).values(rows).onConflictDoNothing();
  return removed;
}
