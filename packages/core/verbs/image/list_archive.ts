import { type ArchiveKind, storedArchiveEntries } from "../../archive/archive_entries.ts";
import type { SpooledFile } from "../../blob/spool.ts";
import { ProgImageError } from "../../error.ts";
import type { Ports } from "../../ports.ts";

/**
 * Returns the names of all files in an archive, in their order.
 *
 * @throws {ProgImageError} `invalid_request` for an archive that is broken or has no files; `too_large`
 */
export async function listArchive(
  { limits }: Pick<Ports, "limits">,
  kind: ArchiveKind,
  file: Pick<SpooledFile, "path" | "bytes">,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of storedArchiveEntries(kind, file, limits)) {
    names.push(entry.name);
    await entry.skip();
  }
  if (names.length > 0) return names;
  throw new ProgImageError(
    "invalid_request",
    "Cannot store images as the archive must have a file: it has none",
  );
}
