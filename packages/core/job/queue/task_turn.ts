/** An archive is read from its beginning in each turn: that takes at most a tenth of the time. */
const TIMES_THE_PREPARATION = 9;

/** The time in which a task may begin with items. After that other jobs have their turn, and it comes back. */
export class TaskTurn implements Disposable {
  readonly #milliseconds: number;
  readonly #over = new AbortController();
  readonly #createdAt = performance.now();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param milliseconds How long it lasts, from when the first item begins */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Says when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** Begins, if it has not yet. If what was done until now is to be done in each turn, the turn lasts longer than that. */
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

/** Why an item has not begun. */
export class TurnOverError extends Error {
  override readonly name = "TurnOverError";

  constructor() {
    super("Cannot begin item as other jobs have their turn");
  }
}
