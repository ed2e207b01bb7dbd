import { Waiter } from "../../waiting/waiter.ts";
import { WaitingWork, type WorkTraits } from "./waiting_work.ts";

/** Options for {@linkcode JobConcurrency.run}. */
export interface RunWorkOptions extends WorkTraits {
  /** Removes the work from the queue when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Limits concurrency. Waiting work runs by priority, highest first, and the lines of one priority take turns. Work with a higher priority
 * than all running work starts at once, beyond the limit, so that slow work does not delay it.
 */
export class JobConcurrency {
  readonly #count: number;
  readonly #onLeave: () => void;
  readonly #waiting = new WaitingWork<Waiter>();
  /** The amount of running work, by priority. */
  readonly #running: number[] = [];

  /** @param onLeave Called when work has ended and the next, if any, has begun */
  constructor(count: number, onLeave: () => void = () => {}) {
    this.#count = count;
    this.#onLeave = onLeave;
  }

  /** Returns how much work of this or a higher priority waits, without work that continues something begun. */
  waiting(priority: number): number {
    return this.#waiting.count(priority);
  }

  /** Runs work when the concurrency limit allows it. @throws the reason of the signal, if it aborts first */
  async run<T>(work: () => Promise<T>, options: RunWorkOptions): Promise<T> {
    await this.#enter(options);
    try {
      return await work();
    } finally {
      this.#leave(options.priority);
    }
  }

  async #enter({ signal, ...traits }: RunWorkOptions): Promise<void> {
    signal.throwIfAborted();
    if (this.#mayBegin(traits.priority)) return this.#begin(traits.priority);
    const waiter: Waiter = new Waiter({ signal, onEnd: () => remove() });
    const remove = this.#waiting.add(traits, waiter);
    await waiter.turn;
  }

  #leave(priority: number): void {
    this.#running[priority] = this.#runningFrom(priority, priority) - 1;
    for (;;) {
      const next = this.#waiting.highest;
      if (next === null || !this.#mayBegin(next)) break;
      this.#begin(next);
      this.#waiting.take()?.begin();
    }
    this.#onLeave();
  }

  #begin(priority: number): void {
    this.#running[priority] = this.#runningFrom(priority, priority) + 1;
  }

  #mayBegin(priority: number): boolean {
    return this.#runningFrom(0) < this.#count || this.#runningFrom(priority) === 0;
  }

  #runningFrom(lowest: number, highest = Number.POSITIVE_INFINITY): number {
    return this.#running.reduce(
      (sum, count, priority) => (priority >= lowest && priority <= highest ? sum + count : sum),
      0,
    );
  }
}
