import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import type { Identity } from "../../installation/installation.ts";
import { ProgImageError } from "../../error.ts";
import { syncPath } from "../../blob/sync_path.ts";
import { fromStorageError } from "../../storage_error.ts";

const BUSY_TIMEOUT_MILLISECONDS = 10_000;

/**
 * Writes a consistent copy of an SQLite database, which others may write to meanwhile, to a path that does not exist yet. When it
 * resolves, the copy survives a crash.
 *
 * @see https://www.sqlite.org/lang_vacuum.html#vacuuminto
 */
export async function snapshotSqlite(path: string, target: string): Promise<void> {
  try {
    const source = new Database(path, { readwrite: true });
    try {
      source.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MILLISECONDS}`);
      source.run("VACUUM INTO ?", [target]);
    } finally {
      source.close();
    }
    for (const synced of [target, dirname(target)]) await syncPath(synced);
  } catch (error) {
    throw fromStorageError(error);
  }
}

/**
 * Has a copy of a database say that it was restored: a server that starts with it removes nothing before it was compared with the
 * store. Returns its identity, or `null` if it belongs to no installation.
 */
export async function markRestored(path: string): Promise<Identity | null> {
  // Not as a server opens it: what is in a log beside it would not move with it.
  const copy = new Database(path, { readwrite: true });
  try {
    const found = copy.query("UPDATE installations SET pause = 'restored' RETURNING id, counter").get();
    return found as Identity | null;
  } finally {
    copy.close();
  }
}

/**
 * Makes sure that no other process uses an SQLite database.
 *
 * @throws {ProgImageError} `busy` if one does
 */
export function assertUnused(path: string): void {
  const connection = new Database(path, { readwrite: true });
  try {
    // The log can be left only by the last connection.
    connection.run("PRAGMA busy_timeout = 0");
    connection.run("PRAGMA journal_mode = DELETE");
    connection.run("PRAGMA journal_mode = WAL");
  } catch (cause) {
    throw new ProgImageError(
      "busy",
      "Cannot replace the database as a server uses it: stop the server first",
      {
        cause,
      },
    );
  } finally {
    connection.close();
  }
}
