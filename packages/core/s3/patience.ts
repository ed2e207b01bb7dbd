import { BucketOutage } from "./bucket_error.ts";

/** Options for {@linkcode Patience}. */
export interface PatienceOptions {
  /** How long S3 may keep us waiting before anything moves, in milliseconds. */
  readonly grace: number;
  /** Stops the request as well. */
  readonly signal?: AbortSignal;
}

/** For each of these many bytes that moved it has a second more. */
const BYTES_PER_SECOND = 16_384;

/**
 * Counts how long S3 keeps us waiting, and stops a request when that is too long: for one step of it, or altogether for what it
 * has moved. The time that others take, such as a slow client, does not count.
 */
export class Patience implements Disposable {
  readonly #stop = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #grace: number;
  #waited = 0;
  #moved = 0;
  #step = 0;
  #since = 0;
  #timer: Timer | undefined;

  constructor({ grace, signal }: PatienceOptions) {
    this.#grace = grace;
    this.#caller = signal;
    signal?.addEventListener("abort", this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  /** Aborted when the request has to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Does something that stops with the signal, and waits for each sign of life at most so many milliseconds. */
  async wait<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    this.#step = milliseconds;
    this.#start();
    try {
      return await work();
    } finally {
      this.#pause();
    }
  }

  /** Bytes have moved: S3 is alive. */
  moved(bytes: number): void {
    this.#moved += bytes;
    if (!this.#timer) return;
    this.#pause();
    this.#start();
  }

  /** Leaves whatever is on its way. */
  stop(): void {
    this.#stop.abort(new BucketOutage("The request to S3 was given up"));
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
