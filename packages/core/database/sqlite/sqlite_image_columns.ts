import { getTableColumns, sql } from "drizzle-orm";
import { images, purges } from "./sqlite_schema.ts";

/** When all images of an image's owner were purged. One SQL text, because drizzle would otherwise omit the table names. */
const ALL_PURGED_AT = sql`(select ${purges.purgedAt} from ${purges} where ${purges.owner} = ${images.owner})`;

/** The columns of an image. A later purge of all the owner's images replaces its generation. */
export const IMAGE_COLUMNS = {
  ...getTableColumns(images),
  generation: sql<number>`max(${images.generation}, coalesce(${ALL_PURGED_AT}, 0))`,
};
