import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { FileCheck } from "../blob/checked_files.ts";
import { bytesDamaged } from "../blob/bytes_error.ts";

/** The number of bytes that are hashed at a time. */
const PIECE_BYTES = 1_048_576;

/**
 * Compares a file with the SHA-256 of its expected content. Blocks, so it must not run in a process that serves HTTP.
 *
 * @throws {ProgImageError} `damaged` if the content differs
 */
export function checkFile({ path, sha256 }: FileCheck): void {
  const hasher = new Bun.CryptoHasher("sha256");
  const file = openSync(path, "r");
  try {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, fstatSync(file).size));
    for (let bytes = -1; bytes !== 0;) {
      bytes = readSync(file, piece);
      hasher.update(piece.subarray(0, bytes));
    }
  } finally {
    closeSync(file);
  }
  if (hasher.digest("hex") !== sha256) throw bytesDamaged(sha256, "their SHA-256 is another one");
}
