/** A key that stands for the ids of all images. */
const ALL = "";

/** The changes of images by this process, so that images that were read before the end of one are not cached after it. */
export class ChangesUnderWay {
  /** The number of changes in progress, by image id. */
  readonly #changing = new Map<string, number>();
  #count = 0;

  /** Incremented by every change. */
  get count(): number {
    return this.#count;
  }

  /** Records that something has changed. */
  mark(): void {
    this.#count++;
  }

  begin(ids: readonly string[] | "all"): void {
    for (const id of keysOf(ids)) this.#changing.set(id, (this.#changing.get(id) ?? 0) + 1);
  }

  end(ids: readonly string[] | "all"): void {
    for (const id of keysOf(ids)) {
      const others = (this.#changing.get(id) ?? 1) - 1;
      if (others === 0) this.#changing.delete(id);
      else this.#changing.set(id, others);
    }
  }

  /** Returns whether a change of an image is in progress. */
  has(id: string): boolean {
    return this.#changing.has(id) || this.#changing.has(ALL);
  }
}

function keysOf(ids: readonly string[] | "all"): readonly string[] {
  return ids === "all" ? [ALL] : ids;
}
