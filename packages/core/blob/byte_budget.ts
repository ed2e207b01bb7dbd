import { ProgImageError } from "../error.ts";

/** A limit on the number of bytes held at a time. Several folders can share one. */
export class ByteBudget {
  readonly #capacity: number;
  #held = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds bytes. @throws {ProgImageError} `busy` if the limit is exceeded; the bytes count until they are given back */
  take(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= this.#capacity) return;
    throw new ProgImageError("busy", "Cannot receive image as too many bytes are being received: try again", {
      details: { retryAfter: 5 },
    });
  }

  /** Returns bytes to the budget, including those of a rejected {@linkcode ByteBudget.take}. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}
