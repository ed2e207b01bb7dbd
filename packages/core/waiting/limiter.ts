import { Waiter } from "./waiter.ts";

/** Options for {@linkcode Limiter}. */
export interface LimiterOptions {
  /** The concurrency limit. */
  readonly limit: number;
  /** How long to wait for a place at most, in milliseconds. @default without limit */
  readonly timeout?: number;
  /** The error if there is no place, now or until the timeout. */
  readonly busy: () => Error;
}

/** Limits concurrency. Places go to those who have waited longest. Disposing of a place releases it; later calls have no effect. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #waiting = new Set<Waiter>();
  #free: number;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#free = options.limit;
  }

  /** Returns a place. @throws the error of `busy` if none is free */
  enterNow(): Disposable {
    if (this.#free <= 0) throw this.#options.busy();
    this.#free--;
    return this.#place();
  }

  /** Waits for a place. @throws the error of `busy` after the timeout, or the reason of the signal when it aborts */
  async enter(signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#free > 0) return this.enterNow();
    const { timeout, busy } = this.#options;
    const waiter: Waiter = new Waiter({ signal, timeout, busy, onEnd: () => this.#waiting.delete(waiter) });
    this.#waiting.add(waiter);
    await waiter.turn;
    return this.#place();
  }

  #place(): Disposable {
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#leave();
        isHeld = false;
      },
    };
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next) next.begin();
    else this.#free++;
  }
}
