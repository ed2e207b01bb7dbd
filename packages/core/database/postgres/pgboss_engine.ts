import { sql } from "drizzle-orm";
import type { ConstructorOptions, Db, PgBoss, QueueOptions } from "pg-boss";
import type { PostgresDatabase, PostgresTransaction } from "./postgres_database.ts";
import { pgBossPriority } from "./pgboss_priority.ts";
import { databaseFailure } from "./postgres_error.ts";
import { jobTurns } from "./postgres_schema.ts";
import { isProgImageError } from "../../error.ts";

/** The pg-boss queue for all tasks. */
export const TASK_QUEUE = "progimage";

/** Seconds without a heartbeat after which another process takes the task. The minimum of pg-boss. */
const LEASE_SECONDS = 10;

/** Seconds between two searches of a process for tasks whose holder sends no heartbeats. */
const LOOK_SECONDS = 3;

/** The largest integer of Postgres. The task runner decides when a task is not retried. */
const WITHOUT_LIMIT = 2_147_483_647;

const QUEUE_OPTIONS: QueueOptions = {
  heartbeatSeconds: LEASE_SECONDS,
  // A task that sends heartbeats for a whole day counts as stuck.
  expireInSeconds: 86_400,
  // How long tasks may wait. Finished tasks are not kept.
  retentionSeconds: 10 * 365 * 86_400,
  retryLimit: WITHOUT_LIMIT,
  retryDelay: 0,
  retryBackoff: false,
};

const ENGINE_OPTIONS: ConstructorOptions = {
  schema: "pgboss",
  superviseIntervalSeconds: LOOK_SECONDS,
  // Skips a search if another process searched within this time. With the length of the other interval, a process that has just lost its
  // turn would wait for two intervals.
  monitorIntervalSeconds: 1,
  schedule: false,
  registerInstance: false,
  // Each task covers many images, so the table stays small. A long queue is normal.
  reindex: false,
  warningQueueSize: WITHOUT_LIMIT,
};

/** The highest priority in tasks of version 0.1, which have no turns. */
const HIGHEST_OF_FIRST_VERSION = 2;

/** The number of tasks of version 0.1 that are converted together. */
const BATCH = 1_000;

/** The id of a task that does not exist. */
const NOTHING = { id: "00000000-0000-0000-0000-000000000000", retryCount: 0 };

/** Brings the tables of pg-boss up to date. Only one process may run it at a time. */
export async function migratePgBoss(database: PostgresDatabase): Promise<void> {
  const boss = await createPgBoss(database, { ...ENGINE_OPTIONS, supervise: false });
  try {
    await boss.start();
    await boss.createQueue(TASK_QUEUE, QUEUE_OPTIONS);
    // An existing queue may have the options of an earlier version.
    await boss.updateQueue(TASK_QUEUE, QUEUE_OPTIONS);
    while ((await giveTurns(database, boss)) === BATCH);
    if ((await boss.findJobs(TASK_QUEUE, { limit: 1 })).length === 0)
      await database.write(() => database.orm.delete(jobTurns));
  } finally {
    await boss.stop({ graceful: false });
  }
}

interface TaskOfFirstVersion {
  readonly payload: { readonly job: string };
}

/** Gives a batch of tasks of version 0.1 the first turn of their priorities. Returns the size of the batch. */
async function giveTurns(database: PostgresDatabase, boss: PgBoss): Promise<number> {
  return await database.transaction(async (transaction) => {
    const db = await pgBossWithin(transaction);
    const jobs = await boss.fetch<TaskOfFirstVersion>(TASK_QUEUE, {
      ...{ maxPriority: HIGHEST_OF_FIRST_VERSION, batchSize: BATCH },
      ...{ includeMetadata: true, ignoreStartAfter: true, db },
    });
    if (jobs.length === 0) return 0;
    await boss.deleteJob(TASK_QUEUE, jobs, { db });
    const converted = jobs.map(({ id, data, priority, startAfter }) => ({
      ...{ id, data, startAfter },
      priority: pgBossPriority(priority, 0),
      singletonKey: data.payload.job,
    }));
    await boss.insert(TASK_QUEUE, converted, { db });
    return jobs.length;
  });
}

/**
 * Starts pg-boss, which then searches regularly for tasks whose holder sends no heartbeats.
 *
 * @throws {ProgImageError} `unavailable` or `busy`
 */
export async function startPgBoss(
  database: PostgresDatabase,
  onFault: (fault: Error) => void,
): Promise<PgBoss> {
  const boss = await createPgBoss(database, ENGINE_OPTIONS);
  boss.on("error", (error) => {
    // All users of the queue notice an outage themselves.
    if (!isProgImageError(error)) onFault(error);
  });
  boss.on("warning", ({ message }) => onFault(new Error(message)));
  try {
    await boss.start();
    // pg-boss does not report a queue that it cannot read; its first use does.
    await boss.touch(TASK_QUEUE, NOTHING);
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false });
    throw (error as Error).name === "AssertionError" ? databaseFailure("unavailable", error) : error;
  }
}

/** Returns the option `db` that makes calls of pg-boss part of a transaction. */
export async function pgBossWithin(transaction: PostgresTransaction): Promise<Db> {
  const { fromDrizzle } = await import("pg-boss");
  return fromDrizzle(transaction, sql);
}

/** Loads pg-boss for the first queue, because it is large and most servers do not need it. */
async function createPgBoss(database: PostgresDatabase, options: ConstructorOptions): Promise<PgBoss> {
  const { fromBunSql, PgBoss } = await import("pg-boss");
  return new PgBoss({ ...options, db: fromBunSql(database.client()) });
}
