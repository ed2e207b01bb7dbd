import { isProgImageError, ProgImageError } from "./error.ts";

/** What says that a disk has no room: of the system, beyond a quota, and of SQLite. */
const FULL_CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL"]);

/**
 * Turns what a full disk throws into an error that says so, and leaves everything else as it is. Whatever throws it has changed
 * nothing.
 */
export function fromStorageError(error: unknown): unknown {
  return !isProgImageError(error) && isStorageFull(error) ? storageFull({ cause: error }) : error;
}

/** Gives the error for what there is no room for. */
export function storageFull(options: ErrorOptions = {}): ProgImageError {
  return new ProgImageError("storage_full", "Cannot write as there is no room for it", options);
}

function isStorageFull(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause)
    if (FULL_CODES.has((current as { code?: unknown }).code)) return true;
  return false;
}
