import { PGBOSS_SCHEMA, TASK_QUEUE, TURNS } from "./pgboss_engine.ts";
import type { PostgresClient } from "./postgres_database.ts";
import { Turns } from "../../job/queue/turns.ts";

/**
 * Returns the pg-boss priority of a task; higher goes first. The number combines the priority and the turn of the task. After 2²⁹ turns
 * without a pause, further tasks of a priority are served in order of arrival.
 */
export function pgBossPriority(priority: number, turn: number): number {
  return priority * TURNS + Math.max(0, TURNS - 1 - turn);
}

/** Returns the priority of a task from its pg-boss priority. */
export function priorityOfPgBoss(pgBossPriority: number): number {
  return Math.floor(pgBossPriority / TURNS);
}

/** Finds the turns that the lines of a priority have reached. Tasks added concurrently by another process may get the same turn. */
export async function findPgBossTurns(
  client: Pick<PostgresClient, "unsafe">,
  priority: number,
  lines: readonly string[],
): Promise<Turns> {
  const bounds = [priority * TURNS, priority * TURNS + TURNS - 1];
  const rows = await client.unsafe(TURNS_STATEMENT, [TASK_QUEUE, ...bounds, JSON.stringify(lines)]);
  const turns = (rows as readonly TurnRow[]).flatMap(({ line, served }) =>
    served === null ? [] : [[line, TURNS - 1 - (served % TURNS)] as const],
  );
  const current = turns.find(([line]) => line === null)?.[1] ?? 0;
  const last = turns.flatMap(([line, turn]) => (line === null ? [] : [[line, turn] as const]));
  return new Turns({ current, last });
}

interface TurnRow {
  /** `null` for the turn that is served now. */
  readonly line: string | null;
  /** The pg-boss priority, which is lower for later turns. */
  readonly served: number | null;
}

const JOBS = `${PGBOSS_SCHEMA}.job where name = $1 and priority between $2 and $3`;
const OF_LINES = "singleton_key = any(array(select json_array_elements_text($4::text::json)))";

/** Each part repeats the condition of a pg-boss index. */
const TURNS_STATEMENT = `
  select null as line, least(
    (select min(priority) from ${JOBS} and state = 'active'),
    (select max(priority) from ${JOBS} and state < 'active' and not blocked and start_after <= now())
  ) as served
  union all
  select singleton_key, min(priority) from (
    select singleton_key, priority from ${JOBS} and state < 'active' and ${OF_LINES}
    union all
    select singleton_key, priority from ${JOBS} and state = 'active' and ${OF_LINES}
  ) of_lines group by singleton_key`;
