/** Each turn reads an archive from its beginning. That takes at most a tenth of the turn. */
const TIMES_THE_PREPARATION = 9;

/** The time in which a task may begin items. After it, the task returns to the queue and other jobs have their turn. */
export class TaskTurn implements Disposable {
  readonly #milliseconds: number;
  readonly #over = new AbortController();
  readonly #createdAt = performance.now();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param milliseconds How long the turn lasts, from the beginning of its first item */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Aborts when the turn is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** Starts the turn unless it has started. If every turn repeats the preparation done so far, the turn lasts a multiple of that time. */
  begin({ isPreparedEachTime = false } = {}): void {
    if (this.#timer) return;
    const prepared = isPreparedEachTime ? performance.now() - this.#createdAt : 0;
    const milliseconds = Math.max(this.#milliseconds, TIMES_THE_PREPARATION * prepared);
    this.#timer = setTimeout(() => this.#over.abort(new TurnOverError()), milliseconds);
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}

/** The reason why an item has not begun. */
export class TurnOverError extends Error {
  override readonly name = "TurnOverError";

  constructor() {
    super("Cannot begin item as other jobs have their turn");
  }
}
