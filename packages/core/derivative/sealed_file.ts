import { appendFileSync, closeSync, constants, mkdirSync, openSync, renameSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that was sealed. */
export interface SealedFile {
  /** How many bytes it had before. */
  readonly bytes: number;
  /** These bytes. */
  readonly content: Blob;
  /** When it was used last, in milliseconds since 1970. */
  readonly usedAt: number;
}

const MARK = new TextEncoder().encode("PROGIMG1");

/** What a seal adds to a file: its mark and the length before, as an unsigned integer of 32 bits, little endian. */
export const SEAL_BYTES = MARK.length + 4;

/**
 * Writes the length of a file behind its bytes, and moves it to its place in one step. Files are kept without waiting for the
 * disk, so that a power cut may leave fewer bytes of one than it had: then the seal is not where it belongs. Not for an HTTP
 * process, which it would keep waiting.
 */
export function publishSealed(path: string, target: string, bytes: number): void {
  // A file that somebody has removed meanwhile must not come back as a seal alone.
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    appendFileSync(file, sealOf(bytes));
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

/** Gives the seal of so many bytes. */
export function sealOf(bytes: number): Uint8Array<ArrayBuffer> {
  const seal = new Uint8Array(SEAL_BYTES);
  seal.set(MARK);
  new DataView(seal.buffer).setUint32(MARK.length, bytes, true);
  return seal;
}

/** Gives a file that was sealed, or `null` where there is none whose bytes are all there. */
export async function openSealedFile(path: string): Promise<SealedFile | null> {
  const handle = await open(path).catch(ignoreMissing);
  if (!handle) return null;
  try {
    const { size, mtimeMs } = await handle.stat();
    const bytes = size - SEAL_BYTES;
    if (bytes <= 0) return null;
    const seal = new Uint8Array(SEAL_BYTES);
    await handle.read(seal, 0, SEAL_BYTES, bytes);
    const isWhole = MARK.every((byte, index) => seal[index] === byte);
    if (!isWhole || new DataView(seal.buffer).getUint32(MARK.length, true) !== bytes) return null;
    return { bytes, content: Bun.file(path).slice(0, bytes), usedAt: mtimeMs };
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
  throw error;
}
