/** Those who want to hear when something happens. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  /** Adds one. Gives what removes it again. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  call(): void {
    for (const listener of this.#listeners) listener();
  }
}
