import { inArray } from "drizzle-orm";
import type { Image } from "../../image/image.ts";
import { termsOf } from "../../image/catalog/metadata_terms.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { imageTags } from "./sqlite_schema.ts";

type Transaction = Omit<SqliteDatabase["orm"], "transaction">;

/** The number of tag rows in a statement: each has four parameters, and SQLite allows 32,766. */
const TAGS_AT_ONCE = 8_000;

/** Writes the tags of images that have none on record, and their values of the given metadata keys. */
export function addTags(transaction: Transaction, tagged: readonly Image[], keys: readonly string[]): void {
  const rows = tagged.flatMap(({ id: imageId, owner, createdAt, ...image }) =>
    termsOf(image, keys).map((tag) => ({ owner, tag, createdAt, imageId })),
  );
  for (let start = 0; start < rows.length; start += TAGS_AT_ONCE)
    transaction
      .insert(imageTags)
      .values(rows.slice(start, start + TAGS_AT_ONCE))
      .run();
}

/** Removes the tags of images. */
export function removeTags(transaction: Transaction, ids: readonly string[]): void {
  transaction
    .delete(imageTags)
    .where(inArray(imageTags.imageId, [...ids]))
    .run();
}
