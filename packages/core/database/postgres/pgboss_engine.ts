import type { ConstructorOptions, PgBoss, QueueOptions } from "pg-boss";
import type { PostgresDatabase } from "./postgres_database.ts";
import { databaseFailure } from "./postgres_error.ts";
import { isProgImageError } from "../../error.ts";

/** The schema in which pg-boss keeps its tables. */
export const PGBOSS_SCHEMA = "pgboss";

/** The queue of pg-boss in which all tasks wait. */
export const TASK_QUEUE = "progimage";

/** Of so many priorities in pg-boss, one for each turn, one of ours consists. */
export const TURNS = 2 ** 29;

/** Seconds without a sign of life after which a task is another's: the fewest that pg-boss allows. */
const LEASE_SECONDS = 10;

/** Seconds between two looks of a process for tasks whose holder is silent. */
const LOOK_SECONDS = 3;

/** The largest number of Postgres: whoever carries out tasks decides when one is not tried again. */
const WITHOUT_LIMIT = 2_147_483_647;

const QUEUE_OPTIONS: QueueOptions = {
  heartbeatSeconds: LEASE_SECONDS,
  // Whoever says for a whole day that he still works on a task does not.
  expireInSeconds: 86_400,
  // How long tasks wait. Those that were carried out are not kept.
  retentionSeconds: 10 * 365 * 86_400,
  retryLimit: WITHOUT_LIMIT,
  retryDelay: 0,
  retryBackoff: false,
};

const ENGINE_OPTIONS: ConstructorOptions = {
  schema: PGBOSS_SCHEMA,
  superviseIntervalSeconds: LOOK_SECONDS,
  // Where another process has looked within this time, there is nothing to find. As long as the other interval, a process whose
  // turn was just taken would wait for two.
  monitorIntervalSeconds: 1,
  schedule: false,
  registerInstance: false,
  // Tasks stand for many images each: the table stays small, and a long queue is what it is for.
  reindex: false,
  warningQueueSize: WITHOUT_LIMIT,
};

/** Tasks that an earlier version has queued, whose priority was 0, 1 or 2, go first. */
const GIVE_TURNS = `update ${PGBOSS_SCHEMA}.job
  set priority = (priority + 1) * $2::integer - 1, singleton_key = data -> 'payload' ->> 'job'
  where name = $1 and priority < 3 and state <= 'active'`;

/** A task that nobody has. */
const NOTHING = { id: "00000000-0000-0000-0000-000000000000", retryCount: 0 };

/** Brings the tables of pg-boss up to date. For one process at a time. */
export async function migratePgBoss(database: PostgresDatabase): Promise<void> {
  const boss = await createPgBoss(database, { ...ENGINE_OPTIONS, supervise: false });
  try {
    await boss.start();
    await boss.createQueue(TASK_QUEUE, QUEUE_OPTIONS);
    // Where there was one, with options of earlier versions.
    await boss.updateQueue(TASK_QUEUE, QUEUE_OPTIONS);
    await database.client().unsafe(GIVE_TURNS, [TASK_QUEUE, TURNS]);
  } finally {
    await boss.stop({ graceful: false });
  }
}

/**
 * Starts pg-boss, which looks from then on for tasks whose holder is silent.
 *
 * @throws {ProgImageError} `unavailable` or `busy`
 */
export async function startPgBoss(
  database: PostgresDatabase,
  onTrouble: (trouble: Error) => void,
): Promise<PgBoss> {
  const boss = await createPgBoss(database, ENGINE_OPTIONS);
  boss.on("error", (error) => {
    // That of an outage is known to all who use the queue.
    if (!isProgImageError(error)) onTrouble(error);
  });
  boss.on("warning", ({ message }) => onTrouble(new Error(message)));
  try {
    await boss.start();
    // It says nothing of a queue that it could not read: its first use does.
    await boss.touch(TASK_QUEUE, NOTHING);
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false });
    throw (error as Error).name === "AssertionError" ? databaseFailure("unavailable", error) : error;
  }
}

/** Loads pg-boss with the first queue: it is large, and most servers work without it. */
async function createPgBoss(database: PostgresDatabase, options: ConstructorOptions): Promise<PgBoss> {
  const { fromBunSql, PgBoss } = await import("pg-boss");
  return new PgBoss({ ...options, db: fromBunSql(database.client()) });
}
