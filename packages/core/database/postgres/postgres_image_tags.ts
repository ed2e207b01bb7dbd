import { inArray } from "drizzle-orm";
import type { Image } from "../../image/image.ts";
import { termsOf } from "../../image/catalog/metadata_terms.ts";
import type { PostgresTransaction } from "./postgres_database.ts";
import { imageTags } from "./postgres_schema.ts";

/** The number of tag rows in a statement: each has four parameters, and Postgres allows 65,535. */
const TAGS_AT_ONCE = 8_000;

/** Writes the tags of images that have none on record, and their values of the given metadata keys. */
export async function addTags(
  transaction: PostgresTransaction,
  tagged: readonly Image[],
  keys: readonly string[],
): Promise<void> {
  const rows = tagged.flatMap(({ id: imageId, owner, createdAt, ...image }) =>
    termsOf(image, keys).map((tag) => ({ owner, tag, createdAt, imageId })),
  );
  for (let start = 0; start < rows.length; start += TAGS_AT_ONCE)
    await transaction.insert(imageTags).values(rows.slice(start, start + TAGS_AT_ONCE));
}

/** Removes the tags of images. */
export async function removeTags(transaction: PostgresTransaction, ids: readonly string[]): Promise<void> {
  await transaction.delete(imageTags).where(inArray(imageTags.imageId, [...ids]));
}
