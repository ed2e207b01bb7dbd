import { CpuMeter } from "./cpu_time.ts";

/** The limit that a task has passed: its CPU time (`cpu`), or the wall time without progress (`stuck`). */
export type PassedDeadline = "cpu" | "stuck";

/** Options for {@linkcode RenderDeadline}. */
export interface RenderDeadlineOptions {
  /** CPU time that the task may take, in milliseconds. */
  readonly milliseconds: number;
  /** Called once when the task has taken more. */
  readonly onPassed: (passed: PassedDeadline) => void;
}

/** The fraction of its limit after which a task is first checked. */
const FIRST_LOOK = 0.25;
const LEAST_PAUSE_MILLISECONDS = 20;

/** How many times its limit a task may last while its process neither runs nor waits for a processor. */
const STUCK_FACTOR = 5;
/** How many times its limit a task may last in any case, or at least this many milliseconds. */
const WALL_FACTOR = 20;
const LEAST_WALL_MILLISECONDS = 60_000;

/**
 * Watches a task of a process until disposed. The limit is on CPU time, so that the result does not depend on the machine's load. CPU time
 * is read from outside the process, so no loop or native code can hide it. A limit on wall time ends tasks that wait forever.
 */
export class RenderDeadline implements Disposable {
  readonly #meter: CpuMeter;
  readonly #options: RenderDeadlineOptions;
  readonly #startedAt = performance.now();
  #lookedAt = this.#startedAt;
  /** Milliseconds for which the process was observed to be asleep. */
  #asleep = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isOver = false;

  constructor(pid: number, options: RenderDeadlineOptions) {
    this.#meter = new CpuMeter(pid);
    this.#options = options;
    this.#lookAfter(options.milliseconds * FIRST_LOOK);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #lookAfter(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.#look(), Math.max(LEAST_PAUSE_MILLISECONDS, milliseconds));
  }

  async #look(): Promise<void> {
    const { milliseconds: limit, onPassed } = this.#options;
    const used = await this.#meter.used();
    if (this.#isOver) return;
    const now = performance.now();
    if (!this.#meter.isAwake()) this.#asleep += now - this.#lookedAt;
    this.#lookedAt = now;
    const isStuck =
      this.#asleep > limit * STUCK_FACTOR ||
      now - this.#startedAt > Math.max(limit * WALL_FACTOR, LEAST_WALL_MILLISECONDS);
    if (used < limit && !isStuck) return this.#lookAfter((limit - used) / 2);
    this[Symbol.dispose]();
    onPassed(used >= limit ? "cpu" : "stuck");
  }
}
