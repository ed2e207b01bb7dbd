/** Lets so many do their work at a time; the others wait in line. */
export class Slots {
  readonly #count: number;
  readonly #onLeave: () => void;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** Calls back whenever somebody has done its work and the next one, if any, has begun. */
  constructor(count: number, onLeave: () => void = () => {}) {
    this.#count = count;
    this.#onLeave = onLeave;
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Does work when there is a slot for it. @throws the reason of the signal, if that comes first */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < this.#count) {
      this.#taken++;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      if (this.#waiting.delete(resolve)) reject(signal.reason);
    };
    this.#waiting.add(resolve);
    signal.addEventListener("abort", leave, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", leave));
  }

  /** Whoever is next takes over the slot. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next();
    } else this.#taken--;
    this.#onLeave();
  }
}
