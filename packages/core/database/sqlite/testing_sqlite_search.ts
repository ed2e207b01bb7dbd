import { expect } from "bun:test";
import { sql } from "drizzle-orm";
import { SqliteDatabase } from "./sqlite_database.ts";
import { type LoggedStatement, StatementLog } from "../testing_statement_log.ts";

/** A migrated database in memory, for the duration of its scope. */
export interface LoggedSqlite extends Disposable {
  readonly database: SqliteDatabase;
  /** The log of its statements. */
  readonly log: StatementLog;
}

/** Opens a database whose statements a test explains. */
export function openLoggedSqlite(): LoggedSqlite {
  const log = new StatementLog();
  const database = new SqliteDatabase(":memory:", { logger: log });
  database.migrate();
  return { database, log, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

/** Returns the plan of a statement, one line per step. */
export function explain({ orm }: SqliteDatabase, statement: LoggedStatement): readonly string[] {
  // Parameters stay parameters, because a partial index matches literals only.
  const parts = statement.sql
    .split("?")
    .map((text, place) => sql`${sql.raw(text)}${statement.params[place]}`);
  const rows = orm.all<{ readonly detail: string }>(sql`explain query plan ${sql.join(parts)}`);
  return rows.map(({ detail }) => detail);
}

/** Expects a statement to search one index first, then only the purges of all images, without scans or sorts. */
export function expectSearch(database: SqliteDatabase, statement: LoggedStatement, index: string): void {
  const steps = explain(database, statement);
  expect(steps[0]).toMatch(new RegExp(`^SEARCH \\w+ USING (COVERING )?INDEX ${index} `));
  const others = steps.filter((step) => !/^(?:SEARCH|CORRELATED SCALAR SUBQUERY) /.test(step));
  expect(others).toEqual([]);
}
