import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The file descriptor by which an HTTP process gets the memory: the first after those of its input and output. */
const DESCRIPTOR = 3;

/** A folder in memory, on Linux. */
const MEMORY_FOLDER = "/dev/shm";

/**
 * Makes memory that HTTP processes share: a file without a name, which is gone once they have ended.
 *
 * @param folder Where to make it if there is no folder in memory
 * @returns Its file descriptor, which `Bun.spawn` passes on
 * @throws {Error} with the reason and the remedy
 */
export function makeSharedMemory(bytes: number, folder: string): number {
  try {
    return openUnnamed(bytes, MEMORY_FOLDER);
  } catch {
    return makeInFolder(bytes, folder);
  }
}

function makeInFolder(bytes: number, folder: string): number {
  try {
    return openUnnamed(bytes, folder);
  } catch (error) {
    const reason = (error as Error).message;
    const message = `Cannot share memory among HTTP processes in ${folder}: ${reason}: let this user write there and make room, or set PROGIMAGE_TMP_DIR`;
    throw new Error(message, { cause: error });
  }
}

/** Returns the memory that the supervisor has passed to this process. */
export function mapSharedMemory(): Uint8Array {
  const memory = Bun.mmap(`/dev/fd/${DESCRIPTOR}`, { shared: true });
  closeSync(DESCRIPTOR);
  return memory;
}

function openUnnamed(bytes: number, folder: string): number {
  const path = join(folder, `progimage-${crypto.randomUUID()}`);
  const descriptor = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  // Written rather than extended: the use of memory that a full disk cannot hold would end the process.
  if (writeSync(descriptor, new Uint8Array(bytes)) === bytes) return descriptor;
  closeSync(descriptor);
  throw new RangeError("its disk is full");
}
