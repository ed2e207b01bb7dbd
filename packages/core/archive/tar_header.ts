import { brokenArchive } from "./archive_entry.ts";

/** A header of a tar, which takes one block. */
export interface TarHeader {
  /** The path of a member, or of its end as much as a path that is no longer than it must be has. */
  readonly path: string;
  /** Bytes of content that follow, without the padding. */
  readonly size: number;
  /** The type as it stands there: `0` for a file, `5` for a folder, `x` for metadata of the next member. */
  readonly type: string;
}

/** All parts of a tar take whole blocks of so many bytes. */
export const TAR_BLOCK_BYTES = 512;

/** Longer paths are known by their end: they are no paths to us, and many of them must not fill the memory. */
const MAX_PATH_BYTES = 1_024;

/** Links, devices, folders and pipes, whose size says something else. */
const WITHOUT_CONTENT_REGEXP = /^[1-6]$/;

const CHECKSUM_START = 148;
const CHECKSUM_END = 156;
const SPACE = 0x20;

const decoder = new TextDecoder();

/** Returns what a block says. @throws {ProgImageError} `invalid_request` for a block that is no header. @see POSIX.1-2017, pax, "ustar Interchange Format" */
export function readTarHeader(block: Uint8Array): TarHeader {
  if (readNumber(block.subarray(CHECKSUM_START, CHECKSUM_END)) !== checksumOf(block))
    throw brokenArchive("it is no tar, or a broken one");
  const type = String.fromCharCode(block[156] || 0x30);
  const name = textOf(block.subarray(0, 100));
  // GNU has times there: only POSIX, whose magic ends with a zero, has a prefix.
  const isPosix = textOf(block.subarray(257, 263)) === "ustar" && block[262] === 0;
  const prefix = isPosix ? textOf(block.subarray(345, 500)) : "";
  const size = readNumber(block.subarray(124, 136));
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    size: WITHOUT_CONTENT_REGEXP.test(type) ? 0 : size,
    type,
  };
}

/** Whether a block has nothing but zeros. Two of them are the end of a tar. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Returns the text of a field, which ends at its first zero. */
export function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  const bytes = end < 0 ? field : field.subarray(0, end);
  return decoder.decode(bytes.subarray(-MAX_PATH_BYTES));
}

/** Returns a number in octal digits, or in base 256 as GNU writes large ones. */
function readNumber(field: Uint8Array): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const number = isBinary ? binaryNumber(field) : octalNumber(textOf(field).trim());
  if (!Number.isSafeInteger(number) || number < 0) throw brokenArchive("it is no tar, or a broken one");
  return number;
}

function binaryNumber(field: Uint8Array): number {
  if (field[0] !== 0x80) return Number.NaN;
  return field.subarray(1).reduce((number, byte) => number * 256 + byte, 0);
}

function octalNumber(digits: string): number {
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
}

/** The sum of all bytes, where those of the checksum itself count as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = SPACE * (CHECKSUM_END - CHECKSUM_START);
  for (let at = 0; at < block.length; at++)
    if (at < CHECKSUM_START || at >= CHECKSUM_END) sum += block[at] ?? 0;
  return sum;
}
