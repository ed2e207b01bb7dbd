import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import type { Identity } from "../../installation/installation.ts";
import { ProgImageError } from "../../error.ts";
import { syncPath } from "../../blob/sync_path.ts";
import { fromStorageError } from "../../storage_error.ts";

const BUSY_TIMEOUT_MILLISECONDS = 10_000;

/**
 * Writes a consistent copy of an SQLite database to a path that does not exist yet. Others may write to the database meanwhile. Once this
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
 * Marks a copy of a database as restored. A server that starts with it removes nothing until the copy is compared with the store. Returns
 * its identity, or `null` if it belongs to no installation.
 */
export async function markRestored(path: string): Promise<Identity | null> {
  // Opened without a write-ahead log, because its content would not move with the copy.
  const copy = new Database(path, { readwrite: true });
  try {
    const found = copy.query("UPDATE installations SET pause = 'restored' RETURNING id, counter").get();
    return found as Identity | null;
  } finally {
    copy.close();
  }
}

/**
 * Checks that no other process uses an SQLite database.
 *
 * @throws {ProgImageError} `busy` if one does
 */
export function assertUnused(path: string): void {
  const connection = new Database(path, { readwrite: true });
  try {
    // Only the last connection can leave WAL mode.
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
