import type { ArchiveKind } from "@progimage/core";

const KINDS: Readonly<Record<string, ArchiveKind>> = {
  "application/x-tar": "tar",
  "application/tar": "tar",
  "application/gzip": "tar.gz",
  "application/x-gzip": "tar.gz",
  "application/x-tar+gzip": "tar.gz",
  "application/x-gtar-compressed": "tar.gz",
  "application/x-compressed-tar": "tar.gz",
  "application/zip": "zip",
  "application/x-zip": "zip",
  "application/x-zip-compressed": "zip",
};

/** The media types of archives that can be uploaded. */
export const ARCHIVE_TYPES: readonly string[] = Object.keys(KINDS);

/** Returns the kind of archive of a `Content-Type`, or `null` for other types. */
export function archiveKindOf(contentType: string): ArchiveKind | null {
  const [type = ""] = contentType.split(";");
  const name = type.trim().toLowerCase();
  return Object.hasOwn(KINDS, name) ? (KINDS[name] ?? null) : null;
}
