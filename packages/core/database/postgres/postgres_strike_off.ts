import { and, eq, exists, not, type SQL, sql } from "drizzle-orm";
import type { OwnedDigest } from "../../blob/blob_ledger.ts";
import type { Removal } from "../../blob/removal_record.ts";
import type { PostgresDatabase, PostgresTransaction } from "./postgres_database.ts";
import { blobs, deletedImages, images, removals } from "./postgres_schema.ts";

/** Returns the condition that a blob has the bytes of an image. */
export function isBlobOf(table: typeof deletedImages | typeof images): SQL | undefined {
  return and(eq(blobs.digest, table.sha256), eq(blobs.owner, table.owner));
}

/** Returns the condition that an image refers to a blob: one in the catalog, or a deleted one that can be restored. */
export function isReferenced({ orm }: PostgresDatabase): SQL {
  const one = { one: sql`1` };
  const has = (table: typeof deletedImages | typeof images) =>
    exists(orm.select(one).from(table).where(isBlobOf(table)));
  return sql`(${has(images)} or ${has(deletedImages)})`;
}

/**
 * Deletes the records of those blobs that no image refers to. Records and returns their removals. It locks the rows of the blobs first,
 * so that an upload that holds one has committed its image before the search for images.
 */
export async function strikeOff(
  database: PostgresDatabase,
  transaction: PostgresTransaction,
  { contents, now }: { readonly contents: readonly OwnedDigest[]; readonly now: number },
): Promise<readonly Removal[]> {
  if (contents.length === 0) return [];
  const among = areAmong(contents);
  await transaction
    .select({ digest: blobs.digest })
    .from(blobs)
    .where(among)
    .orderBy(blobs.digest, blobs.owner)
    .for("update");
  const struck = await transaction
    .delete(blobs)
    .where(and(among, not(isReferenced(database))))
    .returning({ key: blobs.key, digest: blobs.digest, owner: blobs.owner });
  const removed = struck.map((blob) => ({ ...blob, removedAt: now }));
  const rows = removed.map((removal) => ({ ...removal, isDone: false }));
  if (rows.length > 0) await transaction.insert(removals).values(rows).onConflictDoNothing();
  return removed;
}

/** Returns the condition that blobs are among these. There must be at least one. */
export function areAmong(contents: readonly OwnedDigest[]): SQL {
  const rows = contents.map(({ digest, owner }) => sql`(${digest}, ${owner})`);
  return sql`(${blobs.digest}, ${blobs.owner}) in (${sql.join(rows, sql`, `)})`;
}
