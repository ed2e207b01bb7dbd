/** Options for {@linkcode Waiter}. */
export interface WaiterOptions {
  /** Ends the wait. It must not have aborted yet. */
  readonly signal?: AbortSignal;
  /** The error when the signal aborts. @default its reason */
  readonly cancelled?: () => unknown;
  /** How long to wait at most, in milliseconds. @default without limit */
  readonly timeout?: number;
  /** The error after the timeout. Required with one. */
  readonly busy?: () => Error;
  /** Called once, at the end of the wait, to take the waiter out of its queue. */
  readonly onEnd: () => void;
}

/** Waits for a turn until it begins, the timeout is over, the signal aborts, or the queue gives it up. */
export class Waiter<Turn = void> {
  readonly #turn = Promise.withResolvers<Turn>();
  readonly #options: WaiterOptions;
  readonly #timer: Timer | undefined;

  constructor(options: WaiterOptions) {
    const { signal, timeout = Infinity, busy } = options;
    this.#options = options;
    signal?.addEventListener("abort", this.#cancel);
    if (timeout < Infinity) this.#timer = setTimeout(() => this.leave(busy?.()), timeout);
  }

  /** Resolves with the turn. */
  get turn(): Promise<Turn> {
    return this.#turn.promise;
  }

  begin(turn: Turn): void {
    this.#end();
    this.#turn.resolve(turn);
  }

  leave(error: unknown): void {
    this.#end();
    this.#turn.reject(error);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#cancel);
    this.#options.onEnd();
  }

  readonly #cancel = () => {
    const { signal, cancelled = () => signal?.reason } = this.#options;
    this.leave(cancelled());
  };
}
