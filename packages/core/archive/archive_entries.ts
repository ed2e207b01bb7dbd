import { createReadStream } from "node:fs";
import type { SpooledFile } from "../blob/spool.ts";
import type { ArchiveEntry, ArchiveLimits } from "./archive_entry.ts";
import { tarEntries } from "./tar_entries.ts";
import { zipEntries } from "./zip_entries.ts";

/** How an archive of images is packed. */
export type ArchiveKind = "tar" | "tar.gz" | "zip";

/** Options for {@linkcode archiveEntries}. */
export interface ArchiveEntriesOptions extends ArchiveLimits {
  /** Puts what must lie on disk before it can be read there. */
  readonly spool: (body: AsyncIterable<Uint8Array>) => Promise<SpooledFile>;
}

/**
 * Gives the files of an archive: those of a tar as they arrive, those of a zip once it is here as a whole.
 *
 * @throws {ProgImageError} `invalid_request` for an archive that cannot be read to its end; `too_large`; and whatever the body throws
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

/** Gives the files of an archive that lies on disk. @throws {ProgImageError} as {@linkcode archiveEntries} does */
export function storedArchiveEntries(
  kind: ArchiveKind,
  file: { readonly path: string; readonly bytes: number },
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry> {
  if (kind === "zip") return zipEntries(file, limits);
  return tarEntries(createReadStream(file.path), { ...limits, isGzip: kind === "tar.gz" });
}
