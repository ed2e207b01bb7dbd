import { type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../clock.ts";

/** The time by which adapters for Postgres go. */
export interface PostgresTime {
  /** Returns the time in milliseconds since 1970, as far as this machine knows it. */
  readonly now: () => number;
  /** Returns the time of the statement that it becomes a part of. For what cannot be undone. */
  readonly exact: () => SQL<number>;
}

/**
 * When Postgres got the statement, by its own clock. An index can be searched by it, other than by `clock_timestamp()`; a statement that
 * waits for a lock goes by an earlier time, which removes less.
 */
const STATEMENT_TIME = sql<number>`(extract(epoch from statement_timestamp()) * 1000)::bigint`;

/** The clocks are compared this often, in milliseconds. */
const SYNC_MILLISECONDS = 30_000;

/** From here on a clock has been set, or the machine was asleep: clocks that are slewed differ by less between two looks. */
const JUMP_MILLISECONDS = 1_000;

/** After a jump they are compared again, at most this often: Postgres may be away. */
const RETRY_MILLISECONDS = 1_000;

/** How often each look asks: the quickest answer counts. */
const SAMPLES = 3;

/** An answer of Postgres about its time, with the moment of it by both clocks of this machine. */
interface Sample {
  readonly time: number;
  readonly monotonic: number;
  readonly wall: number;
  readonly roundTrip: number;
}

/**
 * The clock of a Postgres database, as this machine knows it: what Postgres said last, and the time since then by the monotonic clock,
 * which cannot be set. Before the first answer it is the clock of this machine.
 */
export class PostgresClock implements Clock, PostgresTime, Disposable {
  readonly #ask: () => Promise<number>;
  #known: Sample | null = null;
  #sync: Promise<void> | null = null;
  #resyncedAt = -Infinity;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param ask Asks Postgres for its time, in milliseconds since 1970 */
  constructor(ask: () => Promise<number>) {
    this.#ask = ask;
  }

  readonly now = (): number => {
    const wall = Date.now();
    if (!this.#known) return wall;
    const elapsed = performance.now() - this.#known.monotonic;
    const jump = wall - this.#known.wall - elapsed;
    const time = this.#known.time + elapsed;
    if (Math.abs(jump) < JUMP_MILLISECONDS) return Math.round(time);
    this.#resync();
    // After a sleep, in which the monotonic clock stands still, it is later: what was valid for a time must not be so again.
    return Math.round(time + Math.max(0, jump));
  };

  exact(): SQL<number> {
    return STATEMENT_TIME;
  }

  lead(): number | null {
    return this.#known && Date.now() - this.now();
  }

  sync(): Promise<void> {
    this.#sync ??= this.#takeSamples().finally(() => (this.#sync = null));
    return this.#sync;
  }

  /** Compares the clocks now and from now on. As long as Postgres does not answer, the last answer counts. */
  async start(): Promise<void> {
    this.#timer ??= setInterval(() => void this.sync().catch(() => {}), SYNC_MILLISECONDS);
    this.#timer.unref();
    await this.sync().catch(() => {});
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  #resync(): void {
    if (performance.now() - this.#resyncedAt < RETRY_MILLISECONDS) return;
    this.#resyncedAt = performance.now();
    void this.sync().catch(() => {});
  }

  async #takeSamples(): Promise<void> {
    let best = await this.#sample();
    for (let taken = 1; taken < SAMPLES; taken++) {
      const sample = await this.#sample();
      if (sample.roundTrip < best.roundTrip) best = sample;
    }
    this.#known = best;
  }

  async #sample(): Promise<Sample> {
    const askedAt = performance.now();
    const time = await this.#ask();
    const monotonic = performance.now();
    const roundTrip = monotonic - askedAt;
    return { time: time + roundTrip / 2, monotonic, wall: Date.now(), roundTrip };
  }
}

/** Returns the time that adapters go by: that of a clock which is set by hand, or else that of the database. */
export function timeOf(
  { clock }: { readonly clock: PostgresClock },
  now: (() => number) | undefined,
): PostgresTime {
  return now ? { now, exact: () => sql<number>`${now()}::bigint` } : clock;
}
