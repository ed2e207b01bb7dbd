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
  /** How many bytes it had before. */
  readonly bytes: number;
  /** These bytes: small ones in memory. */
  readonly content: Uint8Array<ArrayBuffer> | Blob;
  /** How it was before it was read. */
  readonly stats: Stats;
}

const MARK = new TextEncoder().encode("PROGIMG2");
const CHECKSUM_AT = MARK.length + 4;

/**
 * What a seal adds to a file: its mark, the length before, as an unsigned integer of 32 bits, and the checksum of the bytes before, as
 * one of 64 bits; both little endian.
 */
export const SEAL_BYTES = CHECKSUM_AT + 8;

/**
 * Writes the length and a checksum of a file behind its bytes, and moves it to its place in one step. Files are kept without waiting
 * for the disk, so that a power cut may leave fewer bytes of one than it had: then the seal is not where it belongs. Not for an HTTP
 * process, which it would keep waiting.
 */
export function publishSealed(path: string, target: string, bytes: number): void {
  // A file that was removed meanwhile must not come back as a seal alone.
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

/** Returns the checksum of so many bytes of a file. */
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
  /** Up to how many bytes are kept in memory, as they are read anyhow. @default {0} */
  readonly inMemory?: number;
}

/** Gives a file that was sealed and whose bytes are still the same; `damaged` for one with other bytes, `null` if there is none. */
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

/** Reads so many bytes piece by piece into a buffer. Returns their checksum, or `null` if there are fewer. */
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
