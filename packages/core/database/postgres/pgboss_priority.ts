/** Each of our priorities spans this number of pg-boss priorities, one for each turn. */
export const TURNS = 2 ** 29;

/**
 * Returns the pg-boss priority of a task; higher goes first. The number combines the priority and the turn of the task. After 2²⁹ turns,
 * further tasks of a priority are served in order of arrival until a server starts while no task is queued.
 */
export function pgBossPriority(priority: number, turn: number): number {
  return priority * TURNS + Math.max(0, TURNS - 1 - turn);
}

/** Returns the priority of a task from its pg-boss priority. */
export function priorityOfPgBoss(pgBossPriority: number): number {
  return Math.floor(pgBossPriority / TURNS);
}

/** Returns the turn of a task from its pg-boss priority. */
export function turnOfPgBoss(pgBossPriority: number): number {
  return TURNS - 1 - (pgBossPriority % TURNS);
}
