/** How much of what is expected a single surprise may change. */
const ADAPTION = 0.1;

/** How far off a prediction may be found, in either direction: what lies beyond has other reasons. */
const FURTHEST = 20;

/** Learns how long work takes here, compared with what was predicted, for each kind of work by itself. */
export class Pace {
  readonly #factors = new Map<string, number>();

  /** Gives the milliseconds that work will probably take which was predicted to take so many. */
  expect(kind: string, predicted: number): number {
    return predicted * (this.#factors.get(kind) ?? 1);
  }

  /** Takes note of how many milliseconds it took. */
  learn(kind: string, predicted: number, taken: number): void {
    if (predicted <= 0) return;
    const found = Math.min(FURTHEST, Math.max(1 / FURTHEST, taken / predicted));
    const before = this.#factors.get(kind) ?? 1;
    this.#factors.set(kind, before + (found - before) * ADAPTION);
  }
}
