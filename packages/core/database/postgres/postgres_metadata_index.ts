import { and, asc, eq, gt, gte, lt, ne } from "drizzle-orm";
import { fromRow } from "../../image/catalog/image_row.ts";
import { rowsOfKey, termsOfKey } from "../../image/catalog/metadata_terms.ts";
import type { PostgresDatabase } from "./postgres_database.ts";
import { images, imageTags, metadataKeys } from "./postgres_schema.ts";

/** The number of images in a batch. */
const BATCH = 1_000;

/** Does the same as `indexSqliteMetadata`. New keys do not find images that nodes with other keys store or change meanwhile. */
export async function indexPostgresMetadata(database: PostgresDatabase): Promise<void> {
  const wanted = database.metadataKeys;
  const known = await database.read(() => database.orm.select().from(metadataKeys));
  for (const { key } of known.filter(({ key }) => !wanted.includes(key)))
    await database.transaction(async (transaction) => {
      const [from, before] = termsOfKey(key);
      await transaction.delete(imageTags).where(and(gte(imageTags.tag, from), lt(imageTags.tag, before)));
      await transaction.delete(metadataKeys).where(eq(metadataKeys.key, key));
    });
  for (const key of wanted.filter((each) => !known.some((one) => one.key === each))) {
    for (let after: string | undefined = ""; after !== undefined;)
      after = await indexBatch(database, key, after);
    await database.write(() => database.orm.insert(metadataKeys).values({ key }).onConflictDoNothing());
  }
}

/** Returns the id of the last image in the batch, or `undefined` after all images. */
async function indexBatch(
  database: PostgresDatabase,
  key: string,
  after: string,
): Promise<string | undefined> {
  return await database.transaction(async (transaction) => {
    // Locked, so that no image is deleted before its terms are written.
    const rows = await transaction
      .select()
      .from(images)
      .where(and(gt(images.id, after), ne(images.metadata, "{}")))
      .orderBy(asc(images.id))
      .limit(BATCH)
      .for("update");
    const found = rowsOfKey(key, rows.map(fromRow));
    if (found.length > 0) await transaction.insert(imageTags).values(found).onConflictDoNothing();
    return rows.at(-1)?.id;
  });
}
