import { isProgImageError, ProgImageError } from "./error.ts";

/**
 * What says that a disk has no room: of the system, beyond a quota, and of SQLite, also for the memory that processes share.
 *
 * @see https://www.sqlite.org/rescode.html#ioerr_shmsize
 */
const FULL_REGEXP = /^(?:ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_SHMSIZE)$/;

/** What says that a disk, or the system on the way to it, does not do its work. Not that a file is missing: that may be no trouble. */
const TROUBLE_REGEXP =
  /^(?:E(?:ACCES|BADMSG|IO|MFILE|NFILE|NODEV|NOMEM|NXIO|PERM|ROFS|STALE|UCLEAN)|SQLITE_(?:CANTOPEN|CORRUPT|IOERR|NOLFS|NOMEM|NOTADB|PERM|READONLY)(?:_\w+)?)$/;

/** What a place that should be there says when it is not, such as a volume that was unmounted. */
const MISSING_REGEXP = /^(?:ENOENT|ENOTDIR)$/;

const RETRY_SECONDS = 5;

/** Options for {@linkcode fromStorageError}. */
export interface FromStorageErrorOptions {
  /** Whether everything that was used had to be there. @default {false} */
  readonly isMissingTrouble?: boolean;
}

/**
 * Turns what a disk in trouble throws into an error that says so, and leaves everything else as it is: `storage_full` where it has no
 * room, `storage_error` for the rest. Whatever throws the first has changed nothing; of the second that is not known.
 */
export function fromStorageError(
  error: unknown,
  { isMissingTrouble = false }: FromStorageErrorOptions = {},
): unknown {
  if (isProgImageError(error)) return error;
  const codes = codesOf(error);
  if (codes.some((code) => FULL_REGEXP.test(code))) return storageFull({ cause: error });
  const isTrouble = codes.some(
    (code) => TROUBLE_REGEXP.test(code) || (isMissingTrouble && MISSING_REGEXP.test(code)),
  );
  return isTrouble ? storageError({ cause: error }) : error;
}

/** Returns the error for what there is no room for. */
export function storageFull(options: ErrorOptions = {}): ProgImageError {
  return new ProgImageError("storage_full", "Cannot write as there is no room for it", options);
}

/** Returns the error for a disk that does not do its work. The cause is for the operator alone: it may hold paths. */
export function storageError(options: ErrorOptions = {}): ProgImageError {
  const message = "Cannot read or write as the server has trouble with its storage: try again";
  return new ProgImageError("storage_error", message, { ...options, details: { retryAfter: RETRY_SECONDS } });
}

/** Returns the codes of an error and of what has caused it. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause)
    codes.push(String((current as { readonly code?: unknown }).code));
  return codes;
}
