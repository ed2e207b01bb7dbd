import { and, asc, eq, gt, gte, lt, ne } from "drizzle-orm";
import { rowsOfKey, termsOfKey } from "../../image/catalog/metadata_terms.ts";
import { fromRow } from "../../image/catalog/image_row.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { images, imageTags, metadataKeys } from "./sqlite_schema.ts";

/** The number of images in a batch. */
const BATCH = 1_000;

/**
 * Makes images searchable by the metadata keys of the database, and by no others. One process runs it before the others start. Does nothing
 * unless the keys have changed.
 */
export async function indexSqliteMetadata(database: SqliteDatabase): Promise<void> {
  const { orm, metadataKeys: wanted } = database;
  const known = orm.select().from(metadataKeys).all();
  for (const { key } of known.filter(({ key }) => !wanted.includes(key)))
    await database.write(() => {
      const [from, before] = termsOfKey(key);
      orm
        .delete(imageTags)
        .where(and(gte(imageTags.tag, from), lt(imageTags.tag, before)))
        .run();
      orm.delete(metadataKeys).where(eq(metadataKeys.key, key)).run();
    });
  for (const key of wanted.filter((each) => !known.some((one) => one.key === each))) {
    for (let after: string | undefined = ""; after !== undefined;)
      after = await database.write(() => indexBatch(database, key, after ?? ""));
    await database.write(() => orm.insert(metadataKeys).values({ key }).run());
  }
}

/** Returns the id of the last image in the batch, or `undefined` after all images. */
function indexBatch({ orm }: SqliteDatabase, key: string, after: string): string | undefined {
  const rows = orm
    .select()
    .from(images)
    .where(and(gt(images.id, after), ne(images.metadata, "{}")))
    .orderBy(asc(images.id))
    .limit(BATCH)
    .all();
  const found = rowsOfKey(key, rows.map(fromRow));
  if (found.length > 0) orm.insert(imageTags).values(found).onConflictDoNothing().run();
  return rows.at(-1)?.id;
}
