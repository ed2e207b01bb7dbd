import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { isProgImageError, ProgImageError } from "../error.ts";
import {
  type ArchiveEntry,
  type ArchiveLimits,
  baseName,
  brokenArchive,
  emptyEntry,
  isWanted,
} from "./archive_entry.ts";
import { EntryBudget } from "./entry_budget.ts";
import { UnpackedBytes } from "./unpacked_bytes.ts";

/** The bits of a Unix file type, in the upper half of an entry's external attributes. */
const FILE_TYPE_MASK = 0o170_000;
const REGULAR_FILE = 0o100_000;

/**
 * Yields the files of a zip on disk, and skips folders and links. A zip lists its entries at its end.
 *
 * @throws {ProgImageError} `invalid_request` if it is not a zip or is incomplete, `too_large`
 */
export async function* zipEntries(
  file: { readonly path: string; readonly bytes: number },
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry> {
  const unpacked = new UnpackedBytes(limits);
  const zip = await openZip(file.path);
  try {
    new EntryBudget(limits).add(zip.entryCount, file.bytes);
    let claimed = 0;
    for await (const entry of zip.eachEntry()) {
      unpacked.check();
      claimed += entry.compressedSize;
      if (claimed > file.bytes) throw brokenArchive("its entries overlap");
      const path = pathOf(entry);
      if (!isRegular(entry) || !isWanted(path)) continue;
      const count = (bytes: number) => unpacked.add(bytes, file.bytes);
      yield { name: baseName(path), open: () => openEntry(zip, entry, count), skip: async () => {} };
    }
    unpacked.check();
  } catch (error) {
    throw isProgImageError(error) ? error : brokenArchive("it is no zip, or a broken one", error);
  } finally {
    zip.close();
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    // Names and sizes are checked here for each entry. The library would reject the whole zip because of one entry.
    return await openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: false });
  } catch (error) {
    throw brokenArchive("it is no zip, or a broken one", error);
  }
}

/** The flag of an entry whose name is UTF-8. Programs such as macOS write UTF-8 without it; names in code page 437 are hardly ever UTF-8. */
const UTF8_FLAG = 0x0800;

function pathOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const flags = isUtf8(fileNameRaw) ? generalPurposeBitFlag | UTF8_FLAG : generalPurposeBitFlag;
  return getFileNameLowLevel(flags, fileNameRaw, extraFields, false);
}

function isRegular({ externalFileAttributes }: Entry): boolean {
  const type = (externalFileAttributes >>> 16) & FILE_TYPE_MASK;
  return type === 0 || type === REGULAR_FILE;
}

async function openEntry(
  zip: ZipFile,
  entry: Entry,
  count: (bytes: number) => void,
): Promise<AsyncIterable<Uint8Array>> {
  if (entry.uncompressedSize === 0) throw emptyEntry();
  if (entry.isEncrypted()) throw unreadable("it is encrypted");
  try {
    return checked(await zip.openReadStreamPromise(entry), entry, count);
  } catch (error) {
    throw unreadable("it is packed in a way that we do not read, or broken", error);
  }
}

/** Yields the bytes of an entry. Throws if their size or checksum differs from the zip's record. */
async function* checked(
  stream: Readable,
  { crc32: expected, uncompressedSize }: Entry,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  let checksum = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      count(chunk.length);
      if (bytes > uncompressedSize) throw unreadable("it is larger than the archive says");
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw isProgImageError(error) ? error : unreadable("it is broken", error);
  } finally {
    stream.destroy();
  }
  if (bytes < uncompressedSize) throw unreadable("it is smaller than the archive says");
  if (checksum !== expected) throw unreadable("its checksum is wrong");
}

function unreadable(reason: string, cause?: unknown): ProgImageError {
  return new ProgImageError("broken_image", `Cannot read the entry of the archive: ${reason}`, { cause });
}
