import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  writeSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { PIECE_BYTES, PieceChecksum } from "./piece_checksum.ts";

/** A file that was sealed. */
export interface SealedFile {
  /** Its length in bytes without the seal. */
  readonly bytes: number;
  /** These bytes, in memory if there are few. */
  readonly content: Uint8Array<ArrayBuffer> | Blob;
  /** The state of the file before it was read. */
  readonly stats: Stats;
}

const MARK = new TextEncoder().encode("PROGIMG2");
const CHECKSUM_AT = MARK.length + 4;

/**
 * The length of a seal in bytes. A seal is a mark, the length of the content as a 32-bit unsigned integer, and the checksum of the content
 * as a 64-bit one; both little endian.
 */
export const SEAL_BYTES = CHECKSUM_AT + 8;

/**
 * Appends the length and a checksum to a file, and moves it to its place in one step. Files are kept without a sync, so a power cut may
 * truncate one; then its seal is missing. This blocks, so an HTTP process must not call it.
 */
export function publishSealed(path: string, target: string, bytes: number): void {
  // A file that was removed meanwhile must not reappear with only a seal.
  const file = openSync(path, constants.O_RDWR);
  try {
    const seal = sealOf(bytes, checksumOf(file, bytes));
    for (let at = 0; at < SEAL_BYTES;) at += writeSync(file, seal, at, SEAL_BYTES - at, bytes + at);
  } finally {
    closeSync(file);
  }
  try {
    renameSync(path, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(path, target);
  }
}

/** Returns the checksum of this many bytes of a file. */
function checksumOf(file: number, bytes: number): bigint {
  const checksum = new PieceChecksum();
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, bytes));
  for (let start = 0; start < bytes; start += PIECE_BYTES) {
    const piece = buffer.subarray(0, Math.min(PIECE_BYTES, bytes - start));
    for (let at = 0; at < piece.length;) {
      const read = readSync(file, piece, at, piece.length - at, start + at);
      if (read === 0)
        throw new Error(`Cannot seal file as it must have ${bytes} bytes: it has ${start + at}`);
      at += read;
    }
    checksum.add(piece);
  }
  return checksum.value;
}

function sealOf(bytes: number, checksum: bigint): Uint8Array<ArrayBuffer> {
  const seal = new Uint8Array(SEAL_BYTES);
  seal.set(MARK);
  const numbers = new DataView(seal.buffer);
  numbers.setUint32(MARK.length, bytes, true);
  numbers.setBigUint64(CHECKSUM_AT, checksum, true);
  return seal;
}

/** Options for {@linkcode openSealedFile}. */
export interface OpenSealedFileOptions {
  /** Files of up to this many bytes are kept in memory, since they are read anyway. @default {0} */
  readonly inMemory?: number;
}

/** Returns a sealed file whose bytes have not changed; `damaged` if they have, `null` if there is none. */
export async function openSealedFile(
  path: string,
  { inMemory = 0 }: OpenSealedFileOptions = {},
): Promise<SealedFile | "damaged" | null> {
  const handle = await open(path).catch(ignoreMissing);
  if (!handle) return null;
  try {
    const stats = await handle.stat();
    const bytes = stats.size - SEAL_BYTES;
    if (bytes <= 0) return "damaged";
    const pieces = new Uint8Array(bytes <= inMemory ? bytes : Math.min(PIECE_BYTES, bytes));
    const checksum = await readChecksum(handle, bytes, pieces);
    const seal = new Uint8Array(SEAL_BYTES);
    await handle.read(seal, 0, SEAL_BYTES, bytes);
    if (checksum === null || Buffer.compare(seal, sealOf(bytes, checksum)) !== 0) return "damaged";
    return { bytes, content: bytes <= inMemory ? pieces : Bun.file(path).slice(0, bytes), stats };
  } finally {
    await handle.close();
  }
}

/** Reads this many bytes piece by piece into a buffer. Returns their checksum, or `null` if there are fewer. */
async function readChecksum(handle: FileHandle, bytes: number, buffer: Uint8Array): Promise<bigint | null> {
  const checksum = new PieceChecksum();
  for (let start = 0; start < bytes; start += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, bytes - start);
    const place = buffer.length === bytes ? start : 0;
    const { bytesRead } = await handle.read(buffer, place, length, start);
    if (bytesRead !== length) return null;
    checksum.add(buffer.subarray(place, place + length));
  }
  return checksum.value;
}

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
  throw error;
}
