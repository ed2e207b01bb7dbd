import type { Problem } from "../shapes.ts";

/** The result for one of many images. */
export interface BatchItem {
  readonly status: number;
  readonly problem?: Problem;
}

/** The outcome of a {@linkcode Batch} as a whole. */
export interface BatchSummary {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The problems of the first thousand failed items, in order. */
  readonly problems: readonly Problem[];
}

/** Starts the call and yields its results until the signal is aborted. */
export type BatchStart<Item> = (signal: AbortSignal) => AsyncIterable<Item>;

/** Results that are kept for an iteration that has not begun. */
const MOST_UNSEEN = 10_000;

/** Results that are read ahead of the iteration. */
const MOST_AHEAD = 16;

const MOST_PROBLEMS = 1_000;

/**
 * A call for many images. It begins when the method returns, and runs to its end even if its results are not read. `await` returns a
 * summary, `for await` yields each result as it comes, and {@linkcode Batch.items} returns all of them. A failure of the call as a whole
 * rejects each of these. Leaving the loop early ends the batch.
 */
export class Batch<Item extends BatchItem> implements AsyncIterable<Item>, PromiseLike<BatchSummary> {
  readonly #stop = new AbortController();
  readonly #end: Promise<BatchSummary>;
  readonly #unseen: Item[] = [];
  readonly #problems: Problem[] = [];
  #state: "unobserved" | "awaited" | "iterated" = "unobserved";
  #hasLost = false;
  #isOver = false;
  #succeeded = 0;
  #failed = 0;
  #wake: () => void = () => {};
  #change: Promise<void> | undefined;

  /** @internal */
  constructor(start: BatchStart<Item>) {
    this.#notify();
    this.#end = this.#run(start);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a caller may await it, as it may iterate
  then<Result = BatchSummary, Failure = never>(
    onEnd?: ((summary: BatchSummary) => PromiseLike<Result> | Result) | null,
    onError?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Failure | Result> {
    if (this.#state === "unobserved") this.#state = "awaited";
    return this.#end.then(onEnd, onError);
  }

  /** Returns all results, in order. */
  async items(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const item of this) items.push(item);
    return items;
  }

  /** @throws {TypeError} if results have been dropped: after an `await`, another iteration, or 10,000 results */
  [Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    if (this.#state !== "unobserved" || this.#hasLost)
      throw new TypeError(
        "Cannot iterate over the batch: its results are no longer kept, iterate immediately",
      );
    this.#state = "iterated";
    this.#end.catch(() => {}); // the iteration throws this failure
    return this.#iterate();
  }

  async *#iterate(): AsyncGenerator<Item, void> {
    try {
      for (;;) {
        const item = this.#unseen.shift();
        this.#notify();
        if (item) yield item;
        else if (this.#isOver) break;
        else await this.#change;
      }
      await this.#end;
    } finally {
      this.#stop.abort();
      this.#notify();
    }
  }

  async #run(start: BatchStart<Item>): Promise<BatchSummary> {
    try {
      for await (const item of start(this.#stop.signal)) {
        this.#count(item);
        this.#keep(item);
        while (this.#isAhead()) await this.#change;
        if (this.#stop.signal.aborted) break;
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      this.#isOver = true;
      this.#notify();
    }
    const [succeeded, failed] = [this.#succeeded, this.#failed];
    return { total: succeeded + failed, succeeded, failed, problems: this.#problems };
  }

  #count({ problem, status }: Item): void {
    if (!problem && status < 400) this.#succeeded++;
    else this.#failed++;
    if (problem && this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }

  #keep(item: Item): void {
    if (this.#state === "unobserved" && this.#unseen.length >= MOST_UNSEEN) this.#hasLost = true;
    if (this.#state === "awaited" || this.#hasLost) this.#unseen.length = 0;
    else this.#unseen.push(item);
    this.#notify();
  }

  #isAhead(): boolean {
    if (this.#state !== "iterated" || this.#stop.signal.aborted) return false;
    return this.#unseen.length >= MOST_AHEAD;
  }

  /** Wakes the producer and the iteration. */
  #notify(): void {
    this.#wake();
    this.#change = new Promise((resolve) => (this.#wake = resolve));
  }
}

/** Returns the signal that ends a call of a batch: the batch's own, or also the caller's. */
export function stopOf(stop: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([stop, signal]) : stop;
}
