import { ProgImageError } from "../error.ts";

/** How many bytes may be somewhere at a time. Several folders can share one. */
export class ByteBudget {
  readonly #capacity: number;
  #held = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Takes bytes. @throws {ProgImageError} `busy` while there are too many */
  take(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= this.#capacity) return;
    throw new ProgImageError(
      "busy",
      "Cannot take in image as too many bytes are on their way in: try again",
      {
        details: { retryAfter: 5 },
      },
    );
  }

  /** Gives back all bytes that were taken for something, those of a refused take included. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}
