import type { NewTask } from "./job_queue.ts";

/** How far the lines of one priority have come. */
export interface TurnsState {
  /** The turn that is served now: 0 where nothing waits or is held. */
  readonly current: number;
  /** The last turns of lines that have tasks. */
  readonly last: Iterable<readonly [line: string, turn: number]>;
}

/**
 * Numbers the tasks of one priority, so that serving the lowest number first serves one task of each line in each round. A line that
 * comes new joins the round that is served now; its further tasks belong to the rounds behind it.
 *
 * Tenants can become a level above: each with rounds of its own, and the tenant that was served longest ago goes first.
 *
 * @see Goyal, Vin and Cheng, "Start-time fair queueing", 1996
 */
export class Turns {
  readonly #current: number;
  readonly #last: Map<string, number>;

  constructor({ current, last }: TurnsState) {
    this.#current = current;
    this.#last = new Map(last);
  }

  /** Returns the turn of the next task of a line. */
  next(line: string): number {
    const last = this.#last.get(line);
    const turn = last === undefined ? this.#current : Math.max(this.#current, last + 1);
    this.#last.set(line, turn);
    return turn;
  }
}

/**
 * Returns the turn that is served now: that of the task that was taken last, or will be next. A task that is held for hours does not
 * keep it back.
 */
export function currentTurn(lastHeld: number | null, nextReady: number | null): number {
  return Math.max(lastHeld ?? 0, nextReady ?? 0);
}

/** Returns the priorities of tasks, and of each the lines that they belong to. */
export function linesByPriority(
  tasks: readonly Pick<NewTask, "line" | "priority">[],
): readonly (readonly [priority: number, lines: readonly string[]])[] {
  const lines = new Map<number, Set<string>>();
  for (const { priority, line } of tasks) lines.set(priority, (lines.get(priority) ?? new Set()).add(line));
  return [...lines].map(([priority, each]) => [priority, [...each]]);
}

/** Returns the turns of tasks, in their order. */
export function numberTasks(
  tasks: readonly Pick<NewTask, "line" | "priority">[],
  turnsByPriority: ReadonlyMap<number, Turns>,
): readonly number[] {
  return tasks.map(({ priority, line }) => turnsByPriority.get(priority)?.next(line) ?? 0);
}
