import { ProgImageError } from "../error.ts";

/** Options for {@linkcode WaitingLine}. */
export interface WaitingLineOptions {
  /** How many may wait. */
  readonly capacity: number;
  /** How long each may wait, in milliseconds. */
  readonly patience: number;
}

/** Those who wait for their turn: first come, first served; none waits longer than it may, or after it has left. */
export class WaitingLine<Turn> {
  readonly #capacity: number;
  readonly #patience: number;
  readonly #waiting = new Set<Waiter<Turn>>();

  constructor(options: WaitingLineOptions) {
    this.#capacity = options.capacity;
    this.#patience = options.patience;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a turn.
   *
   * @throws {ProgImageError} `busy` if the line is full or the wait too long, `cancelled` once the signal says so
   */
  wait(signal?: AbortSignal): Promise<Turn> {
    if (signal?.aborted) return Promise.reject(cancelled());
    if (this.#waiting.size >= this.#capacity) return Promise.reject(busy("too many others wait"));
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const leave = (error: Error) => {
      settle();
      reject(error);
    };
    const onAbort = () => leave(cancelled());
    const timer = setTimeout(
      () => leave(busy(`it waited ${this.#patience} ms for its turn`)),
      this.#patience,
    );
    const settle = () => {
      this.#waiting.delete(waiter);
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const waiter: Waiter<Turn> = {
      begin: (turn) => {
        settle();
        resolve(turn);
      },
      leave,
    };
    signal?.addEventListener("abort", onAbort);
    this.#waiting.add(waiter);
    return promise;
  }

  /** Gives the turn to whoever has waited longest. */
  admit(turn: Turn): void {
    this.#waiting.values().next().value?.begin(turn);
  }

  /** Sends everybody away. */
  dismiss(error: Error): void {
    for (const waiter of [...this.#waiting]) waiter.leave(error);
  }
}

interface Waiter<Turn> {
  readonly begin: (turn: Turn) => void;
  readonly leave: (error: Error) => void;
}

function busy(reason: string): ProgImageError {
  return new ProgImageError("busy", `Cannot process image as the server is busy (${reason}): try again`, {
    details: { retryAfter: 1 },
  });
}

function cancelled(): ProgImageError {
  return new ProgImageError("cancelled", "Cannot process image: nobody waits for it any more");
}
