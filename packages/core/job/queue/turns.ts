import type { NewTask } from "./job_queue.ts";

/** The progress of the lines of one priority. */
export interface TurnsState {
  /** The current turn: 0 if no task waits or is held. */
  readonly current: number;
  /** The last turn of each line that has tasks. */
  readonly last: Iterable<readonly [line: string, turn: number]>;
}

/**
 * Numbers the tasks of one priority. Serving the lowest number first then serves one task of each line per round. A new line joins the
 * current round with its first task; its further tasks belong to later rounds.
 *
 * Tenants could become a level above: each with rounds of its own, the least recently served tenant first.
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
 * Returns the current turn: the later one of the last taken task and the next ready task. A task that is held for hours does not
 * delay it.
 */
export function currentTurn(lastHeld: number | null, nextReady: number | null): number {
  return Math.max(lastHeld ?? 0, nextReady ?? 0);
}

/** Returns the priorities of tasks, each with its lines. */
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
