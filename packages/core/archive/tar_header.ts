import { brokenArchive } from "./archive_entry.ts";

/** A header of a tar, which is one block long. */
export interface TarHeader {
  /** The path of a member. A path that is too long is cut to its end. */
  readonly path: string;
  /** The number of bytes of content that follow, without padding. */
  readonly size: number;
  /** The type flag as stored: `0` for a file, `5` for a folder, `x` for metadata of the next member. */
  readonly type: string;
}

/** The size of a block in bytes. All parts of a tar are padded to whole blocks. */
export const TAR_BLOCK_BYTES = 512;

/** Longer paths are cut to their end, so that many of them cannot fill the memory. They are never used as paths. */
const MAX_PATH_BYTES = 1_024;

/** Matches links, devices, folders and pipes, whose size field has another meaning. */
const WITHOUT_CONTENT_REGEXP = /^[1-6]$/;

const CHECKSUM_START = 148;
const CHECKSUM_END = 156;
const SPACE = 0x20;

const decoder = new TextDecoder();

/**
 * Returns the header in a block.
 *
 * @throws {ProgImageError} `invalid_request` if it is not a header
 * @see POSIX.1-2017, pax, "ustar Interchange Format"
 */
export function readTarHeader(block: Uint8Array): TarHeader {
  if (readNumber(block.subarray(CHECKSUM_START, CHECKSUM_END)) !== checksumOf(block))
    throw brokenArchive("it is no tar, or a broken one");
  const type = String.fromCharCode(block[156] || 0x30);
  const name = textOf(block.subarray(0, 100));
  // GNU tar stores times there. Only POSIX has a prefix; its magic ends with a zero byte.
  const isPosix = textOf(block.subarray(257, 263)) === "ustar" && block[262] === 0;
  const prefix = isPosix ? textOf(block.subarray(345, 500)) : "";
  const size = readNumber(block.subarray(124, 136));
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    size: WITHOUT_CONTENT_REGEXP.test(type) ? 0 : size,
    type,
  };
}

/** Returns whether a block contains only zeros. Two such blocks end a tar. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Returns the text of a field, which ends at its first zero byte. */
export function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  const bytes = end < 0 ? field : field.subarray(0, end);
  return decoder.decode(bytes.subarray(-MAX_PATH_BYTES));
}

/** Reads a number in octal digits, or in base 256 as GNU tar writes large ones. */
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

/** Returns the sum of all bytes. The bytes of the checksum itself count as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = SPACE * (CHECKSUM_END - CHECKSUM_START);
  for (let at = 0; at < block.length; at++)
    if (at < CHECKSUM_START || at >= CHECKSUM_END) sum += block[at] ?? 0;
  return sum;
}
