/** Asked by the supervisor, and answered by an HTTP process, over IPC. */
const QUESTION = "Are you alive?";
const ANSWER = "I am alive";

/** How often in a row an HTTP process may fail to answer in the time that it has. A busy machine makes it miss one or two. */
const MISSES = 6;

/** Answers each question of the supervisor, as long as this process is not blocked. */
export function showSignsOfLife(): void {
  process.on("message", (message) => {
    if (message === QUESTION) process.send?.(ANSWER);
  });
}

/** Options for {@linkcode SignsOfLife}. */
export interface SignsOfLifeOptions {
  /** For how long a process may be silent, in milliseconds. */
  readonly timeoutMs: number;
  readonly ask: (question: string) => void;
  /** Is called once. */
  readonly onDeaf: () => void;
}

/**
 * Asks a process again and again whether it is alive. It counts its own questions instead of looking at a clock: a machine that sleeps, or
 * starves both processes, makes none of them deaf.
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

  /** Takes what the process has sent. */
  hear(message: unknown): void {
    if (message === ANSWER) this.#misses = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
