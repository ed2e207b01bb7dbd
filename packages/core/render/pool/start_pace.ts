/** Milliseconds between two starts, once there were many. */
const INTERVAL_MILLISECONDS = 1_000;

/** The longest pause before a process is started whose like has failed to start. */
const LONGEST_PAUSE_MILLISECONDS = 30_000;

/**
 * Says when a process may be started in the place of another: some at once, from then on one a second. A start costs as much as many
 * renders, so what brings down one process after the other must not keep us starting them.
 */
export class StartPace {
  readonly #burst: number;
  #nextAt = 0;

  /** @param burst How many may be started at once. */
  constructor(burst: number) {
    this.#burst = burst;
  }

  /** Whether one could be started at once. */
  get isAtOnce(): boolean {
    return this.#pauseAt(performance.now()) === 0;
  }

  /** Counts a start. Returns how many milliseconds to wait before it. */
  take(): number {
    const now = performance.now();
    const pause = this.#pauseAt(now);
    this.#nextAt = Math.max(this.#nextAt, now) + INTERVAL_MILLISECONDS;
    return pause;
  }

  #pauseAt(now: number): number {
    return Math.max(0, this.#nextAt - now - (this.#burst - 1) * INTERVAL_MILLISECONDS);
  }
}

/** Returns how many milliseconds to wait after so many starts in a row have failed. */
export function pauseAfterFailures(failures: number): number {
  return Math.min(LONGEST_PAUSE_MILLISECONDS, INTERVAL_MILLISECONDS * 2 ** (failures - 1));
}
