import { WaitingWork, type WorkTraits } from "./waiting_work.ts";

/** Options for {@linkcode Slots.run}. */
export interface SlotOptions extends WorkTraits {
  /** The work leaves the line when it says so. */
  readonly signal: AbortSignal;
}

/**
 * Does so much work at a time; the rest waits, the highest priority first, its lines in turn. Work that has a higher priority than all that
 * goes on begins at once, besides the others: slow work does not hold it up.
 */
export class Slots {
  readonly #count: number;
  readonly #onLeave: () => void;
  readonly #waiting = new WaitingWork<() => void>();
  /** How much work of each priority goes on. */
  readonly #running: number[] = [];

  /** Calls back whenever some work is done and the next, if any, has begun. */
  constructor(count: number, onLeave: () => void = () => {}) {
    this.#count = count;
    this.#onLeave = onLeave;
  }

  /** Returns how much work waits that is of this or a higher priority, and goes on with nothing that has begun. */
  waiting(priority: number): number {
    return this.#waiting.count(priority);
  }

  /** Does work when there is a slot for it. @throws the reason of the signal, if that comes first */
  async run<T>(work: () => Promise<T>, options: SlotOptions): Promise<T> {
    await this.#enter(options);
    try {
      return await work();
    } finally {
      this.#leave(options.priority);
    }
  }

  async #enter({ signal, ...traits }: SlotOptions): Promise<void> {
    signal.throwIfAborted();
    if (this.#hasSlot(traits.priority)) return this.#begin(traits.priority);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waits = this.#waiting.add(traits, resolve);
    const leave = () => {
      if (waits.remove()) reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", leave));
  }

  #leave(priority: number): void {
    this.#running[priority] = this.#runningFrom(priority, priority) - 1;
    for (;;) {
      const next = this.#waiting.highest;
      if (next === null || !this.#hasSlot(next)) break;
      this.#begin(next);
      this.#waiting.take()?.();
    }
    this.#onLeave();
  }

  #begin(priority: number): void {
    this.#running[priority] = this.#runningFrom(priority, priority) + 1;
  }

  #hasSlot(priority: number): boolean {
    return this.#runningFrom(0) < this.#count || this.#runningFrom(priority) === 0;
  }

  #runningFrom(lowest: number, highest = Number.POSITIVE_INFINITY): number {
    return this.#running.reduce(
      (sum, count, priority) => (priority >= lowest && priority <= highest ? sum + count : sum),
      0,
    );
  }
}
