/** The supervisor asks, and an HTTP process answers, over IPC. */
const QUESTION = "Are you alive?";
const ANSWER = "I am alive";

/** Consecutive questions that an HTTP process may miss within its timeout. A busy machine makes it miss one or two. */
const MISSES = 6;

/** Answers the questions of the supervisor, unless this process is blocked. */
export function showSignsOfLife(): void {
  process.on("message", (message) => {
    if (message === QUESTION) process.send?.(ANSWER);
  });
}

/** Options for {@linkcode SignsOfLife}. */
export interface SignsOfLifeOptions {
  /** How long a process may be silent, in milliseconds. */
  readonly timeoutMs: number;
  readonly ask: (question: string) => void;
  /** Called once. */
  readonly onDeaf: () => void;
}

/**
 * Repeatedly asks a process whether it is alive. It counts its own questions instead of reading a clock, so a machine that sleeps, or
 * starves both processes, causes no timeout.
 */
export class SignsOfLife implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #misses = 0;

  constructor({ timeoutMs, ask, onDeaf }: SignsOfLifeOptions) {
    this.#timer = setInterval(() => {
      if (this.#misses++ === 0) return ask(QUESTION);
      if (this.#misses <= MISSES) return;
      this[Symbol.dispose]();
      onDeaf();
    }, timeoutMs / MISSES);
  }

  /** Handles a message of the process. */
  hear(message: unknown): void {
    if (message === ANSWER) this.#misses = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
