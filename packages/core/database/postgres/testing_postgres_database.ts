import { sql } from "drizzle-orm";
import { PostgresDatabase } from "./postgres_database.ts";
import { sharedPostgres } from "./testing_postgres.ts";
import { StatementLog } from "../testing_statement_log.ts";

/** A migrated database without rows, for the duration of its scope. */
export interface LentDatabase extends AsyncDisposable, LoggedDatabase {}

interface LoggedDatabase {
  readonly database: PostgresDatabase;
  /** The log of its statements. */
  readonly log: StatementLog;
}

/** Lends a database of the shared server: an emptied one that was returned, or a new one. */
export async function lendPostgresDatabase(): Promise<LentDatabase> {
  const made = idle.pop() ?? (await makeDatabase());
  return {
    ...made,
    [Symbol.asyncDispose]: async () => {
      await empty(made.database);
      idle.push(made);
    },
  };
}

/** Databases that are not in use. They end with the server. */
const idle: LoggedDatabase[] = [];

async function makeDatabase(): Promise<LoggedDatabase> {
  const server = await sharedPostgres();
  if (!server) throw new Error("Cannot lend a database as there is no PostgreSQL on this machine");
  const { url } = await server.freshDatabase();
  const log = new StatementLog();
  const database = new PostgresDatabase(url, { logger: log });
  await database.migrate();
  return { database, log };
}

async function empty({ orm }: PostgresDatabase): Promise<void> {
  const tables = await orm.execute<{ readonly name: string }>(
    sql`select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
  );
  // TRUNCATE creates new files, which takes longer for a few rows.
  for (const { name } of tables) await orm.execute(`DELETE FROM ${name}`);
}
