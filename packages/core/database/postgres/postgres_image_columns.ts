import { getTableColumns, sql } from "drizzle-orm";
import { images, purges } from "./postgres_schema.ts";

/** When all images of an image's owner were purged. As a whole, or drizzle would leave out the names of the tables. */
const ALL_PURGED_AT = sql`(select ${purges.purgedAt} from ${purges} where ${purges.owner} = ${images.owner})`;

/** The columns of an image. A purge of everything stands for its generation where it came later than its own. */
export const IMAGE_COLUMNS = {
  ...getTableColumns(images),
  generation: sql<number>`greatest(${images.generation}, ${ALL_PURGED_AT})`.mapWith(images.generation),
};
