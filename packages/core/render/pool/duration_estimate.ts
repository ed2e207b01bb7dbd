/** The weight of one measurement in the learned average. */
const ADAPTION = 0.1;

/** The largest ratio between measured and predicted time, in either direction, that is learned. Larger ones have other causes. */
const FURTHEST = 20;

/** Learns the ratio of measured to predicted time on this machine, separately for each kind of work. */
export class DurationEstimate {
  readonly #factors = new Map<string, number>();

  /** Returns the expected time of work in milliseconds, from its predicted time. */
  expect(kind: string, predicted: number): number {
    return predicted * (this.#factors.get(kind) ?? 1);
  }

  /** Records how many milliseconds the work took. */
  learn(kind: string, predicted: number, taken: number): void {
    if (predicted <= 0) return;
    const found = Math.min(FURTHEST, Math.max(1 / FURTHEST, taken / predicted));
    const before = this.#factors.get(kind) ?? 1;
    this.#factors.set(kind, before + (found - before) * ADAPTION);
  }
}
