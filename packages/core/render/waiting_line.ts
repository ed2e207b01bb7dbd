import { ProgImageError } from "../error.ts";

/** Options for {@linkcode WaitingLine}. */
export interface WaitingLineOptions {
  /** How many may wait, each counted by what it costs. */
  readonly capacity: number;
  /** How long each may wait, in milliseconds. */
  readonly patience: number;
}

/** Options for {@linkcode WaitingLine.wait}. */
export interface WaitOptions {
  /** Leaves the line when it says so. */
  readonly signal?: AbortSignal;
  /** As how many it counts. @default {1} */
  readonly cost?: number;
}

/** Those who wait for their turn: first come, first served; none waits longer than it may, or after it has left. */
export class WaitingLine<Turn> {
  readonly #capacity: number;
  readonly #patience: number;
  readonly #waiting = new Set<Waiter<Turn>>();
  /** What all of them cost. */
  #cost = 0;

  constructor(options: WaitingLineOptions) {
    this.#capacity = options.capacity;
    this.#patience = options.patience;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a turn. In an empty line there is room for one of any cost.
   *
   * @throws {ProgImageError} `busy` if the line is full or the wait too long, `cancelled` once the signal says so
   */
  wait({ signal, cost = 1 }: WaitOptions = {}): Promise<Turn> {
    if (signal?.aborted) return Promise.reject(cancelled());
    const isFull = this.#cost + cost > this.#capacity && this.#waiting.size > 0;
    if (isFull) return Promise.reject(busy("too many others wait"));
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
      if (this.#waiting.delete(waiter)) this.#cost -= cost;
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
    this.#cost += cost;
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
