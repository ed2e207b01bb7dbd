import { isProgImageError, ProgImageError } from "../../error.ts";

/** After this long without any answer a catalog is taken to be away, in milliseconds. */
const SILENCE_MILLISECONDS = 2_000;

/** How often callers that wait look whether it is silent, in milliseconds. */
const LOOK_MILLISECONDS = 250;

/** Seconds after which another try makes sense. */
const RETRY_AFTER_SECONDS = 5;

/** Whether a catalog answers, as those who ask it see it: away from the first failure or silence until the next answer. */
export class CatalogPresence {
  readonly #elapsed: () => number;
  #answeredAt = -Infinity;
  #failure: ProgImageError | null = null;

  /** @param elapsed Returns milliseconds of a clock that is never set */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Why the catalog is away; `null` while it is not. */
  get failure(): ProgImageError | null {
    return this.#failure;
  }

  /** Asks the catalog, and notes whether it answers. */
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
   * Waits for an answer as long as the catalog answers anything.
   *
   * @throws {ProgImageError} `unavailable` if it is silent
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
