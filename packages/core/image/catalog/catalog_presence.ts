import { isProgImageError, ProgImageError } from "../../error.ts";

/** Milliseconds without any answer after which a catalog counts as down. */
const SILENCE_MILLISECONDS = 2_000;

/** Milliseconds between two checks by waiting callers. */
const LOOK_MILLISECONDS = 250;

/** Seconds to wait before a retry. */
const RETRY_AFTER_SECONDS = 5;

/** Tracks whether a catalog is available: it is down from the first failure or timeout until the next answer. */
export class CatalogPresence {
  readonly #elapsed: () => number;
  #answeredAt = -Infinity;
  #failure: ProgImageError | null = null;

  /** @param elapsed Returns milliseconds of a monotonic clock */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** The error that the catalog is down with; `null` while it is up. */
  get failure(): ProgImageError | null {
    return this.#failure;
  }

  /** Queries the catalog, and records whether it answers. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      this.#answeredAt = this.#elapsed();
      this.#failure = null;
      return answer;
    } catch (error) {
      if (isProgImageError(error) && error.code === "unavailable") this.#failure = error;
      throw error;
    }
  }

  /**
   * Waits for an answer, until the catalog has answered nothing for two seconds.
   *
   * @throws {ProgImageError} `unavailable` on this timeout
   */
  async unlessSilent<T>(answer: Promise<T>): Promise<T> {
    const silence = Promise.withResolvers<never>();
    const startedAt = this.#elapsed();
    const timer = setInterval(() => {
      if (this.#elapsed() - Math.max(startedAt, this.#answeredAt) < SILENCE_MILLISECONDS) return;
      this.#failure ??= silent();
      silence.reject(this.#failure);
    }, LOOK_MILLISECONDS);
    try {
      return await Promise.race([answer, silence.promise]);
    } finally {
      clearInterval(timer);
    }
  }
}

function silent(): ProgImageError {
  return new ProgImageError("unavailable", "Cannot reach the catalog as its database is silent: try again", {
    details: { retryAfter: RETRY_AFTER_SECONDS },
  });
}
