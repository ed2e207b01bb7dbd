/** The number of stamps. Images with equal last four digits share one, so a change of one image also makes the other be read again. */
const STAMPS = 65_536;

/** The index of the stamp of all images. */
const ALL = STAMPS;

/** The size of the memory of {@linkcode ChangeStamps}, in bytes. */
export const CHANGE_STAMPS_BYTES = (STAMPS + 1) * Uint32Array.BYTES_PER_ELEMENT;

/**
 * Counts changes of images. A cached image is stale if its stamp is not the one from before it was read. In memory that processes share,
 * each of them knows the changes of the others without waiting for a message.
 */
export class ChangeStamps {
  readonly #counts: Uint32Array;

  /** @param memory Memory of {@linkcode CHANGE_STAMPS_BYTES}, which processes may share. @default {new memory} */
  constructor(memory: Uint8Array = new Uint8Array(CHANGE_STAMPS_BYTES)) {
    this.#counts = new Uint32Array(memory.buffer, memory.byteOffset, STAMPS + 1);
  }

  /** Returns the index of the stamp of an image. */
  indexOf(id: string): number {
    return Number.parseInt(id.slice(-4), 16) & (STAMPS - 1);
  }

  /** Returns the current stamp at an index. Each change of an image there, or of all images, increases it. */
  at(index: number): number {
    return Atomics.load(this.#counts, index) + Atomics.load(this.#counts, ALL);
  }

  /** Records that images, or all of them, have changed. */
  mark(ids: readonly string[] | "all"): void {
    if (ids === "all") Atomics.add(this.#counts, ALL, 1);
    else for (const id of ids) Atomics.add(this.#counts, this.indexOf(id), 1);
  }
}
