import type { NewTask } from "./job_queue.ts";
import { tenantOfLine } from "./job_tasks.ts";

/** The progress of a tenant's lines of one priority. */
export interface TurnsState {
  /** The current turn: 0 if no task waits or is held. */
  readonly current: number;
  /** The last turn of each line that has tasks. */
  readonly last: Iterable<readonly [line: string, turn: number]>;
}

/**
 * Numbers a tenant's tasks of one priority. Serving the lowest number first then serves one task of each line per round. A new line joins
 * the current round with its first task; its further tasks belong to later rounds. Each tenant has numbers of its own, as tenants take
 * turns by {@linkcode TenantRounds}.
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

/** The lines of a tenant in one priority. */
export interface TenantLines {
  readonly tenant: string;
  readonly priority: number;
  readonly lines: readonly string[];
}

/** Returns the lines of tasks by tenant and priority. */
export function linesOf(tasks: readonly Pick<NewTask, "line" | "priority">[]): readonly TenantLines[] {
  const groups = Map.groupBy(tasks, ({ priority, line }) => `${priority} ${tenantOfLine(line)}`);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const lines = [...new Set([first, ...others].map(({ line }) => line))];
    return { tenant: tenantOfLine(first.line), priority: first.priority, lines };
  });
}

/** Returns the turns of tasks, in their order. `find` returns the numbering of a tenant's tasks of one priority. */
export function numberTasks(
  tasks: readonly Pick<NewTask, "line" | "priority">[],
  find: (lines: TenantLines) => Turns,
): readonly number[] {
  const numberings = new Map(linesOf(tasks).map((each) => [`${each.priority} ${each.tenant}`, find(each)]));
  return tasks.map(
    ({ priority, line }) => numberings.get(`${priority} ${tenantOfLine(line)}`)?.next(line) ?? 0,
  );
}
