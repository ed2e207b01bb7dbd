import { type SQL, sql } from "drizzle-orm";
import type { Clock } from "../../clock.ts";

/** The time that Postgres adapters use. */
export interface PostgresTime {
  /** Returns the time in milliseconds since 1970, as known to this machine. */
  readonly now: () => number;
  /** Returns SQL for the time of the statement that contains it. Use it for actions that cannot be undone. */
  readonly exact: () => SQL<number>;
}

/**
 * The time when Postgres received the statement, by its own clock. Unlike `clock_timestamp()`, it can be used in an index search. A
 * statement that waits for a lock uses an earlier time, which removes less.
 */
const STATEMENT_TIME = sql<number>`(extract(epoch from statement_timestamp()) * 1000)::bigint`;

/** How often the clocks are compared, in milliseconds. */
const SYNC_MILLISECONDS = 30_000;

/** A larger difference, in milliseconds, means a set clock or a sleep. Slewed clocks differ by less between two comparisons. */
const JUMP_MILLISECONDS = 1_000;

/** The minimum time between comparisons after a jump, in milliseconds, because Postgres may be down. */
const RETRY_MILLISECONDS = 1_000;

/** The number of requests per comparison. The fastest answer counts. */
const SAMPLES = 3;

/** The time that Postgres reported, with the time of both clocks of this machine at that moment. */
interface Sample {
  readonly time: number;
  readonly monotonic: number;
  readonly wall: number;
  readonly roundTrip: number;
}

/**
 * The clock of a Postgres database as known to this machine: the last time that Postgres reported, plus the time since then by the
 * monotonic clock, which cannot be set. Before the first answer it is the clock of this machine.
 */
export class PostgresClock implements Clock, PostgresTime, Disposable {
  readonly #ask: () => Promise<number>;
  #known: Sample | null = null;
  #sync: Promise<void> | null = null;
  #resyncedAt = -Infinity;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @param ask Returns the time of Postgres, in milliseconds since 1970 */
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
    // The monotonic clock stops during sleep. Adding the jump ensures that expired items do not become valid again.
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

  /** Compares the clocks now and then regularly. The last answer stays valid while Postgres does not respond. */
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

/** Returns the time for adapters: a given clock, or else that of the database. */
export function timeOf(
  { clock }: { readonly clock: PostgresClock },
  now: (() => number) | undefined,
): PostgresTime {
  return now ? { now, exact: () => sql<number>`${now()}::bigint` } : clock;
}
