import { ProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";

/** A file of an archive that comes in. Its bytes must be read or skipped before the next one comes. */
export interface ArchiveEntry {
  /** The last part of its path: nothing of it ever leads anywhere. */
  readonly name: string;
  /** Gives its bytes. @throws {ProgImageError} if they cannot be had, which is no fault of the others */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
  /** Passes over what is left of it. */
  readonly skip: () => Promise<void>;
}

/** What an archive may cost at most. */
export type ArchiveLimits = Pick<Limits, "archiveEntries" | "entryBytes" | "unpackedBytes" | "unpackedRatio">;

/** What operating systems leave behind between the files of users. */
const LITTER_REGEXP = /(?:^|\/)__MACOSX\/|(?:^|\/)(?:\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/;

/** Tells whether an entry with this path, which is no path for us, is a file that its sender has put there. */
export function isWanted(path: string): boolean {
  return !path.endsWith("/") && !LITTER_REGEXP.test(path);
}

/** Longer names are cut off: many of them must not fill the memory. */
const MAX_NAME_BYTES = 1_024;

/** Gives the last part of a path, whichever way its slashes lean. */
export function baseName(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  if (path.length <= MAX_NAME_BYTES) return name;
  // A copy: a part of a long text keeps all of it in memory.
  return Buffer.from(name).subarray(0, MAX_NAME_BYTES).toString();
}

/** The error for an archive that cannot be read, or not any further. */
export function brokenArchive(reason: string, cause?: unknown): ProgImageError {
  return new ProgImageError("invalid_request", `Cannot read the archive: ${reason}`, { cause });
}

/** The error for a file without a byte, of which nothing need be written to know what it is. */
export function emptyEntry(): ProgImageError {
  const message = "Cannot read the entry of the archive as it must have at least one byte: it is empty";
  return new ProgImageError("invalid_request", message);
}

/** The error for an archive that has too much of something. */
export function largeArchive(limit: number, unit: string): ProgImageError {
  const message = `Cannot read the archive as it must have at most ${limit} ${unit}: it has more`;
  return new ProgImageError("too_large", message, { details: { limit } });
}
