import { brokenArchive } from "./archive_entry.ts";
import { type TarHeader, textOf } from "./tar_header.ts";

/** The path and size that metadata sets for the next member. */
export type TarMetadata = Partial<Pick<TarHeader, "path" | "size">>;

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const SPACE = 0x20;
const [PATH, SIZE] = ["path=", "size="].map((key) => new TextEncoder().encode(key));

/** Returns whether a header of this type carries metadata: for the next member, for all, or a long name or link of GNU tar. */
export function isTarMetadata(type: string): boolean {
  return type === "x" || type === "g" || type === "L" || type === "K";
}

/** Returns the metadata that matters here. @throws {ProgImageError} `invalid_request` if it cannot be read */
export function readTarMetadata(type: string, bytes: Uint8Array): TarMetadata {
  if (type === "L") return { path: textOf(bytes) };
  return type === "x" ? readRecords(bytes) : {};
}

/** Reads records of the form `13 path=a.jpg\n`, where the number is the length of the record. @see POSIX.1-2017, pax, "pax Extended Header" */
function readRecords(bytes: Uint8Array): TarMetadata {
  const metadata: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const { length, start } = readLength(bytes, at);
    const end = at + length;
    if (end > bytes.length || start >= end) throw brokenArchive("it is no tar, or a broken one");
    if (PATH && startsWith(bytes, PATH, start))
      metadata.path = textOf(bytes.subarray(start + PATH.length, end - 1));
    else if (SIZE && startsWith(bytes, SIZE, start))
      metadata.size = readSize(textOf(bytes.subarray(start + SIZE.length, end - 1)));
    at = end;
  }
  return metadata;
}

/** Returns the length of a record, and the offset of the text after the length. */
function readLength(bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  let length = 0;
  let start = at;
  for (let digit = bytes[start] ?? 0; digit >= DIGIT_0 && digit <= DIGIT_9; digit = bytes[++start] ?? 0)
    length = length * 10 + digit - DIGIT_0;
  if (bytes[start] !== SPACE) throw brokenArchive("it is no tar, or a broken one");
  return { length, start: start + 1 };
}

function startsWith(bytes: Uint8Array, key: Uint8Array, start: number): boolean {
  return key.every((byte, index) => bytes[start + index] === byte);
}

function readSize(digits: string): number {
  const size = /^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN;
  if (Number.isNaN(size)) throw brokenArchive("it is no tar, or a broken one");
  return size;
}
