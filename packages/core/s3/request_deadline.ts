import { BucketOutage } from "./bucket_error.ts";

/** Options for {@linkcode RequestDeadline}. */
export interface RequestDeadlineOptions {
  /** How long the request may wait for S3 without progress, in milliseconds. */
  readonly grace: number;
  /** Also aborts the request. */
  readonly signal?: AbortSignal;
}

/** The minimum rate: each transfer of this many bytes extends the grace by a second. */
const BYTES_PER_SECOND = 16_384;

/**
 * Limits how long a request waits for S3: in each step, and in total by a minimum rate. Time spent on others, such as a slow client, does
 * not count.
 */
export class RequestDeadline implements Disposable {
  readonly #stop = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #grace: number;
  #waited = 0;
  #moved = 0;
  #step = 0;
  #since = 0;
  #timer: Timer | undefined;

  constructor({ grace, signal }: RequestDeadlineOptions) {
    this.#grace = grace;
    this.#caller = signal;
    signal?.addEventListener("abort", this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  /** Aborted when the request must stop. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Runs work that stops with the signal. It may wait at most this many milliseconds without progress. */
  async wait<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    this.#step = milliseconds;
    this.#start();
    try {
      return await work();
    } finally {
      this.#pause();
    }
  }

  /** Records progress: this many bytes were transferred. */
  moved(bytes: number): void {
    this.#moved += bytes;
    if (!this.#timer) return;
    this.#pause();
    this.#start();
  }

  /** Aborts the request. */
  stop(): void {
    this.#stop.abort(new BucketOutage("The request to S3 was stopped"));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#cancel);
  }

  #start(): void {
    const left = this.#grace + (this.#moved / BYTES_PER_SECOND) * 1_000 - this.#waited;
    this.#since = performance.now();
    this.#timer = setTimeout(
      () => this.#stop.abort(new BucketOutage("The request to S3 failed: it took too long")),
      Math.max(0, Math.min(this.#step, left)),
    );
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waited += performance.now() - this.#since;
  }

  readonly #cancel = () => this.#stop.abort(this.#caller?.reason);
}
