import { isProgImageError, ProgImageError } from "./error.ts";

/**
 * Codes for a full disk: from the system, from a quota, and from SQLite, including its shared memory.
 *
 * @see https://www.sqlite.org/rescode.html#ioerr_shmsize
 */
const FULL_REGEXP = /^(?:ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_SHMSIZE)$/;

/** Codes for a failing disk, or a failure of the system on the way to it. A missing file is not among them, as it may be normal. */
const FAULT_REGEXP =
  /^(?:E(?:ACCES|BADMSG|IO|MFILE|NFILE|NODEV|NOMEM|NXIO|PERM|ROFS|STALE|UCLEAN)|SQLITE_(?:CANTOPEN|CORRUPT|IOERR|NOLFS|NOMEM|NOTADB|PERM|READONLY)(?:_\w+)?)$/;

/** Codes for a missing path, such as an unmounted volume where there should be one. */
const MISSING_REGEXP = /^(?:ENOENT|ENOTDIR)$/;

const RETRY_SECONDS = 5;

/** Options for {@linkcode fromStorageError}. */
export interface FromStorageErrorOptions {
  /** Whether a missing file counts as a failure of the storage. @default {false} */
  readonly isMissingFault?: boolean;
}

/**
 * Converts an error of the disk into a {@linkcode ProgImageError}, and returns any other error unchanged. It is `storage_full` if the disk
 * has no
 * room, and `storage_error` otherwise. After `storage_full` nothing has changed; after `storage_error` that is unknown.
 */
export function fromStorageError(
  error: unknown,
  { isMissingFault = false }: FromStorageErrorOptions = {},
): unknown {
  if (isProgImageError(error)) return error;
  const codes = codesOf(error);
  if (codes.some((code) => FULL_REGEXP.test(code))) return storageFull({ cause: error });
  const isFault = codes.some(
    (code) => FAULT_REGEXP.test(code) || (isMissingFault && MISSING_REGEXP.test(code)),
  );
  return isFault ? storageError({ cause: error }) : error;
}

/** Whether an error says that the disk has no room. */
export function isStorageFull(error: unknown): boolean {
  return codesOf(error).some((code) => code === "storage_full" || FULL_REGEXP.test(code));
}

/** Returns the error for a write that the disk has no room for. */
export function storageFull(options: ErrorOptions = {}): ProgImageError {
  return new ProgImageError("storage_full", "Cannot write as there is no room for it", options);
}

/** Returns the error for a failing disk. Only the operator may see the cause, as it may contain paths. */
export function storageError(options: ErrorOptions = {}): ProgImageError {
  const message = "Cannot read or write as the server's storage fails: try again";
  return new ProgImageError("storage_error", message, { ...options, details: { retryAfter: RETRY_SECONDS } });
}

/** Returns the codes of an error and of its chain of causes. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause)
    codes.push(String((current as { readonly code?: unknown }).code));
  return codes;
}
