import { expect } from "bun:test";
import type { SqliteDatabase } from "./sqlite_database.ts";

/** Expects a statement to search one index first, then only the purges of all images, without scans or sorts. */
export function expectSearch(
  database: SqliteDatabase,
  { sql, params }: { readonly sql: string; readonly params: readonly unknown[] },
  index: string,
): void {
  const steps = database.explain(sql, params as (string | number)[]);
  expect(steps[0]).toMatch(new RegExp(`^SEARCH \\w+ USING (COVERING )?INDEX ${index} `));
  const others = steps.filter((step) => !/^(?:SEARCH|CORRELATED SCALAR SUBQUERY) /.test(step));
  expect(others).toEqual([]);
}
