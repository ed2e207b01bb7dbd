import type { keys } from "../database/sqlite/sqlite_schema.ts";
import type { AccessKey, Scope } from "./access_key.ts";

/** The database row of a key. Both dialects have the same rows. */
export type KeyRow = typeof keys.$inferSelect;

/** Returns the row of a key. */
export function toKeyRow(key: AccessKey): KeyRow {
  return { ...key, scopes: JSON.stringify(key.scopes) };
}

/** Returns the key of a row. */
export function fromKeyRow(row: KeyRow): AccessKey {
  return { ...row, scopes: JSON.parse(row.scopes) as readonly Scope[] };
}
