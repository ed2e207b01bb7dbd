import { ProgImageError } from "../error.ts";
import { sourceUnreachable } from "./source_error.ts";

/** Options for {@linkcode FetchClock}. */
export interface FetchClockOptions {
  /** For all of it: names, connections, redirects and bytes. */
  readonly deadlineMs: number;
  /** Between two signs of life. */
  readonly idleMs: number;
  /** The client has left. */
  readonly signal?: AbortSignal;
}

/** Says when a fetch has to stop: it takes too long, it is silent for too long, or nobody wants it any more. */
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

  /** Aborted when the fetch has to stop; its reason is the error to throw. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** From now on it is the other side's turn. */
  listen(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#giveUp("must go on", this.#idleMs), this.#idleMs);
  }

  /** From now on it is our turn: we may take our time, within the deadline. */
  pause(): void {
    clearTimeout(this.#idle);
  }

  /** Does something that cannot be stopped, and leaves it behind when the time has come. */
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
    this.#stop.abort(new ProgImageError("cancelled", "Cannot fetch image: nobody waits for it any more"));
  };

  #giveUp(duty: string, milliseconds: number): void {
    this.#stop.abort(
      sourceUnreachable(this.#place, `its answer ${duty} within ${milliseconds} ms: it was not`),
    );
  }
}
