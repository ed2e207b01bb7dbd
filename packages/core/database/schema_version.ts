import { sql } from "drizzle-orm";
import core from "../package.json";

/** A migration of this version of the program, as drizzle's journal has it. */
interface JournalEntry {
  readonly when: number;
}

/** What a database says of its schema. */
export interface AppliedSchema {
  /** The times of the migrations that were applied, by which they are known. */
  readonly migrations: readonly number[];
  /** The version that applied the last of them; `null` if that was not recorded. */
  readonly version: string | null;
}

/** A newer version of the program has changed the schema: this one would write what that one cannot read. */
export class NewerSchemaError extends Error {
  override readonly name = "NewerSchemaError";
}

/** Beside drizzle's own record, which knows no versions. Both dialects understand these statements, and every version must. */
export const SCHEMA_VERSION = {
  create: sql`CREATE TABLE IF NOT EXISTS schema_version (version text NOT NULL, migration bigint NOT NULL)`,
  find: sql`SELECT version, migration FROM schema_version`,
  forget: sql`DELETE FROM schema_version`,
  record: (migration: number) =>
    sql`INSERT INTO schema_version (version, migration) VALUES (${core.version}, ${migration})`,
} as const;

/**
 * Makes sure that this version of the program knows each migration that was applied to a database.
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
