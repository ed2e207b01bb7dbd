import { sql } from "drizzle-orm";

/**
 * Returns a number in the text of a statement, where drizzle wants a number: for one that is not known yet, Postgres plans as if a
 * tenth of the table was wanted.
 */
export function constant(number: number): number {
  return sql.raw(String(number)) as unknown as number;
}
