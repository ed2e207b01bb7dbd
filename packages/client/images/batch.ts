import type { Problem } from "../shapes.ts";

/** The result for one of many. */
export interface BatchItem {
  readonly status: number;
  readonly problem?: Problem;
}

/** The outcome of a {@linkcode Batch} as a whole. */
export interface BatchSummary {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Why items failed, in their order: the first thousand. */
  readonly problems: readonly Problem[];
}

/** Makes the results, and stops at the signal. */
export type BatchStart<Item> = (signal: AbortSignal) => AsyncIterable<Item>;

/** Results that are kept for a caller who may still iterate. */
const MOST_UNSEEN = 10_000;

/** Results that are asked for ahead of an iteration. */
const MOST_AHEAD = 16;

const MOST_PROBLEMS = 1_000;

/**
 * A call that does something with many images. It has begun when the method returns, and runs to its end although its results may
 * not be asked for. `await` gives a summary, `for await` each result as it comes, {@linkcode Batch.items} all of them. A failure of
 * the call as a whole rejects each of these. A loop that is left early ends the batch.
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

  /** @throws {TypeError} where results have been let go: after an `await`, another iteration, or 10,000 of them */
  [Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    if (this.#state !== "unobserved" || this.#hasLost)
      throw new TypeError("Cannot iterate over the batch: its results have been let go, iterate at once");
    this.#state = "iterated";
    this.#end.catch(() => {}); // the iteration throws it
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

  /** Lets both sides look again. */
  #notify(): void {
    this.#wake();
    this.#change = new Promise((resolve) => (this.#wake = resolve));
  }
}

/** Returns the signal at which a call in a batch ends: the batch's own, or that of its caller. */
export function stopOf(stop: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([stop, signal]) : stop;
}
