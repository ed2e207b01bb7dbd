import { ProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";

/** A file of an incoming archive. The caller reads or skips its bytes before it asks for the next file. */
export interface ArchiveEntry {
  /** The last part of its path. It is never used as a path. */
  readonly name: string;
  /** Returns its bytes. @throws {ProgImageError} if they cannot be read; the other files are not affected */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
  /** Skips the bytes that have not been read. */
  readonly skip: () => Promise<void>;
}

/** Limits on the cost of an archive. */
export type ArchiveLimits = Pick<Limits, "archiveEntries" | "entryBytes" | "unpackedBytes" | "unpackedRatio">;

/** Matches files that operating systems add to folders of users. */
const LITTER_REGEXP = /(?:^|\/)__MACOSX\/|(?:^|\/)(?:\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/;

/** Returns whether an entry with this path is a file that its sender put there. No file is ever written to the path. */
export function isWanted(path: string): boolean {
  return !path.endsWith("/") && !LITTER_REGEXP.test(path);
}

/** Longer names are truncated, so that many of them cannot fill the memory. */
const MAX_NAME_BYTES = 1_024;

/** Returns the last part of a path, after the last slash or backslash. */
export function baseName(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  if (path.length <= MAX_NAME_BYTES) return name;
  // A copy, because a substring keeps the whole string in memory.
  return Buffer.from(name).subarray(0, MAX_NAME_BYTES).toString();
}

/** Returns the error for an archive that cannot be read, or only in part. */
export function brokenArchive(reason: string, cause?: unknown): ProgImageError {
  return new ProgImageError("invalid_request", `Cannot read the archive: ${reason}`, { cause });
}

/** Returns the error for an empty file, which is rejected before anything is written. */
export function emptyEntry(): ProgImageError {
  const message = "Cannot read the entry of the archive as it must have at least one byte: it is empty";
  return new ProgImageError("invalid_request", message);
}

/** Returns the error for an archive that exceeds a limit. */
export function largeArchive(limit: number, unit: string): ProgImageError {
  const message = `Cannot read the archive as it must have at most ${limit} ${unit}: it has more`;
  return new ProgImageError("too_large", message, { details: { limit } });
}
