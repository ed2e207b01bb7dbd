/** Milliseconds between two starts after the burst is used up. */
const INTERVAL_MILLISECONDS = 1_000;

/**
 * Limits the rate at which processes are replaced: a burst immediately, then one a second. A start costs as much as many renders, so
 * repeated crashes must not keep the server starting processes.
 */
export class StartRate {
  readonly #burst: number;
  #nextAt = 0;

  /** @param burst How many may be started immediately. */
  constructor(burst: number) {
    this.#burst = burst;
  }

  /** Whether a process could be started immediately. */
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
