import { type Placeholder, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/**
 * Returns the condition that rows, which are found by their ids, belong to an owner. The unary plus keeps SQLite from reading all rows of
 * the owner instead.
 */
export function belongsTo(column: SQLiteColumn, owner: string | Placeholder): SQL {
  return sql`+${column} = ${owner}`;
}
