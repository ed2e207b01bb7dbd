import { and, asc, eq, gt, gte, lt, ne } from "drizzle-orm";
import { rowsOfKey, termsOfKey } from "../../image/catalog/metadata_terms.ts";
import { fromRow } from "../../image/catalog/image_row.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { images, imageTags, metadataKeys } from "./sqlite_schema.ts";

/** Images that are looked at in one step. */
const BATCH = 1_000;

/**
 * Makes the images be found by the keys of metadata that the database was opened with, and by no others. For one process, before the
 * others start. Does nothing unless they are others than before.
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

/** Returns the id of the last image that it has looked at, or `undefined` behind all of them. */
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
