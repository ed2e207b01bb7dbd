import { createReadStream } from "node:fs";
import type { SpooledFile } from "../blob/spool.ts";
import type { ArchiveEntry, ArchiveLimits } from "./archive_entry.ts";
import { tarEntries } from "./tar_entries.ts";
import { zipEntries } from "./zip_entries.ts";

/** The format of an archive of images. */
export type ArchiveKind = "tar" | "tar.gz" | "zip";

/** Options for {@linkcode archiveEntries}. */
export interface ArchiveEntriesOptions extends ArchiveLimits {
  /** Writes a body to disk, for formats that can only be read from a file. */
  readonly spool: (body: AsyncIterable<Uint8Array>) => Promise<SpooledFile>;
}

/**
 * Yields the files of an archive: those of a tar as they arrive, those of a zip once all of it has arrived.
 *
 * @throws {ProgImageError} `invalid_request` if the archive cannot be read to its end, `too_large`, and any error of the body
 */
export async function* archiveEntries(
  kind: ArchiveKind,
  body: AsyncIterable<Uint8Array>,
  { spool, ...limits }: ArchiveEntriesOptions,
): AsyncGenerator<ArchiveEntry> {
  if (kind !== "zip") return yield* tarEntries(body, { ...limits, isGzip: kind === "tar.gz" });
  await using file = await spool(body);
  yield* zipEntries(file, limits);
}

/** Yields the files of an archive on disk. @throws {ProgImageError} as {@linkcode archiveEntries} does */
export function storedArchiveEntries(
  kind: ArchiveKind,
  file: { readonly path: string; readonly bytes: number },
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry> {
  if (kind === "zip") return zipEntries(file, limits);
  return tarEntries(createReadStream(file.path), { ...limits, isGzip: kind === "tar.gz" });
}
