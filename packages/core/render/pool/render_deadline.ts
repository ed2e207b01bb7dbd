import { CpuMeter } from "./cpu_time.ts";

/** What a task has used up: its CPU time, or the time in which it must get ahead. */
export type PassedDeadline = "cpu" | "stuck";

/** Options for {@linkcode RenderDeadline}. */
export interface RenderDeadlineOptions {
  /** CPU time that the task may take, in milliseconds. */
  readonly milliseconds: number;
  /** Hears once that the task has taken more. */
  readonly onPassed: (passed: PassedDeadline) => void;
}

/** The part of its limit that a task must have lasted before its process is looked at. */
const FIRST_LOOK = 0.25;
const LEAST_PAUSE_MILLISECONDS = 20;

/** How many times its limit a task may last while its process neither runs nor waits for a processor. */
const STUCK_FACTOR = 5;
/** How many times its limit a task may last in any case, or how many milliseconds if that is more. */
const WALL_FACTOR = 20;
const LEAST_WALL_MILLISECONDS = 60_000;

/**
 * Watches a task of a process until it is disposed of. The CPU time that the process uses decides, so that the verdict on a task does
 * not depend on what else the machine does. It is read from outside: no loop and no native code can hide it. Wall time is a backstop
 * for tasks that wait for something that never comes.
 */
export class RenderDeadline implements Disposable {
  readonly #meter: CpuMeter;
  readonly #options: RenderDeadlineOptions;
  readonly #startedAt = performance.now();
  #lookedAt = this.#startedAt;
  /** Milliseconds in which the process did not want to run, as far as was seen. */
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
