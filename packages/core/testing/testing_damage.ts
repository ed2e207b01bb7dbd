import { open, stat, utimes } from "node:fs/promises";

/** Flips a bit of a file in place, like a failing disk. Returns the bytes afterwards. */
export async function flipBit(path: string, at: number): Promise<Uint8Array<ArrayBuffer>> {
  await using file = await open(path, "r+");
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, at);
  await file.write(new Uint8Array([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  return await Bun.file(path).bytes();
}

/** Flips a bit of a file and restores its modification time, so that only its bytes differ. */
export async function flipBitUnseen(path: string, at: number): Promise<void> {
  const { atime, mtime } = await stat(path);
  await flipBit(path, at);
  await utimes(path, atime, mtime);
}
