import { sql } from "drizzle-orm";
import core from "../package.json";

/** A migration of this version of the program, as in drizzle's journal. */
interface JournalEntry {
  readonly when: number;
}

/** The schema record of a database. */
export interface AppliedSchema {
  /** The times of the applied migrations, which identify them. */
  readonly migrations: readonly number[];
  /** The version that applied the last migration; `null` if it was not recorded. */
  readonly version: string | null;
}

/** A newer version of the program has changed the schema. This version would write rows that the newer one cannot read. */
export class NewerSchemaError extends Error {
  override readonly name = "NewerSchemaError";
}

/** The statements for a version record, because drizzle's own has no versions. Both dialects and every version must understand them. */
export const SCHEMA_VERSION = {
  create: sql`CREATE TABLE IF NOT EXISTS schema_version (version text NOT NULL, migration bigint NOT NULL)`,
  find: sql`SELECT version, migration FROM schema_version`,
  forget: sql`DELETE FROM schema_version`,
  record: (migration: number) =>
    sql`INSERT INTO schema_version (version, migration) VALUES (${core.version}, ${migration})`,
} as const;

/**
 * Checks that this version of the program knows each migration that was applied to a database.
 *
 * @throws {NewerSchemaError} that names the version to install
 */
export function assertKnownSchema(
  { migrations, version }: AppliedSchema,
  journal: readonly JournalEntry[],
): void {
  const known = new Set(journal.map(({ when }) => when));
  if (migrations.every((each) => known.has(each))) return;
  const [newer, remedy] = version
    ? [`version ${version} of ProgImage`, `install ${version} or a later version`]
    : ["a later version of ProgImage", "install the latest version"];
  throw new NewerSchemaError(
    `${newer} has changed its schema, which this version, ${core.version}, does not know: ${remedy}, or put back a backup from before`,
  );
}

/** Returns the time of the newest migration of this version of the program. */
export function newestMigration(journal: readonly JournalEntry[]): number {
  return Math.max(...journal.map(({ when }) => when));
}
