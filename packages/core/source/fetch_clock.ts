import { ProgImageError } from "../error.ts";
import { sourceUnreachable } from "./source_error.ts";

/** Options for {@linkcode FetchClock}. */
export interface FetchClockOptions {
  /** The timeout of the whole fetch: name lookup, connections, redirects and bytes. */
  readonly deadlineMs: number;
  /** The timeout between two signs of progress. */
  readonly idleMs: number;
  /** Aborted when the client leaves. */
  readonly signal?: AbortSignal;
}

/** Stops a fetch: at its deadline, at its idle timeout, or when its caller leaves. */
export class FetchClock implements Disposable {
  readonly #stop = new AbortController();
  readonly #deadline: Timer;
  readonly #caller: AbortSignal | undefined;
  readonly #place: string;
  readonly #idleMs: number;
  #idle: Timer | undefined;

  constructor(place: string, { deadlineMs, idleMs, signal }: FetchClockOptions) {
    this.#place = place;
    this.#idleMs = idleMs;
    this.#caller = signal;
    this.#deadline = setTimeout(() => this.#giveUp("must be here", deadlineMs), deadlineMs);
    signal?.addEventListener("abort", this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  /** Aborted when the fetch must stop; its reason is the error to throw. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Starts the idle timeout, while the other side must respond. */
  listen(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#giveUp("must go on", this.#idleMs), this.#idleMs);
  }

  /** Stops the idle timeout, while we process bytes within the deadline. */
  pause(): void {
    clearTimeout(this.#idle);
  }

  /** Runs work that cannot be aborted, and stops waiting for it when the signal is aborted. */
  async race<T>(start: () => Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
    try {
      return await Promise.race([start(), stopped]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#idle);
    this.#caller?.removeEventListener("abort", this.#cancel);
  }

  readonly #cancel = () => {
    this.#stop.abort(
      new ProgImageError("cancelled", "Cannot fetch image as the request for it was cancelled"),
    );
  };

  #giveUp(duty: string, milliseconds: number): void {
    this.#stop.abort(
      sourceUnreachable(this.#place, `its answer ${duty} within ${milliseconds} ms: it was not`),
    );
  }
}
