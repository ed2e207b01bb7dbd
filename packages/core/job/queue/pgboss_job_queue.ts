import type { CommandResponse, Db, JobAttempt, JobWithMetadata, PgBoss } from "pg-boss";
import type { PostgresDatabase, PostgresTransaction } from "../../database/postgres/postgres_database.ts";
import type {
  AddTasksOptions,
  FailTaskOptions,
  JobQueue,
  NewTask,
  ReleaseTaskOptions,
  TakeTasksOptions,
  Task,
  TaskPayload,
} from "./job_queue.ts";
import { jobOfTask, tenantOfLine } from "./job_tasks.ts";
import { Listeners } from "./listeners.ts";
import {
  migratePgBoss,
  pgBossWithin,
  startPgBoss,
  TASK_QUEUE,
} from "../../database/postgres/pgboss_engine.ts";
import {
  pgBossPriority,
  priorityOfPgBoss,
  turnOfPgBoss,
  TURNS,
} from "../../database/postgres/pgboss_priority.ts";
import { PostgresTurns } from "../../database/postgres/postgres_turns.ts";
import { TenantRounds } from "./tenant_rounds.ts";

/** Options for {@linkcode PgBossJobQueue}. */
export interface PgBossJobQueueOptions {
  /** Called with errors in the background, other than outages of the database. */
  readonly onFault?: (fault: Error) => void;
}

/** The data of a task in pg-boss. Its id, its priority and its line (the singleton key) are columns with an index. */
interface TaskData {
  readonly kind: string;
  readonly payload: TaskPayload;
  /** How many times it has been released. pg-boss counts a release as a retry; an attempt does not. */
  readonly releases?: number;
}

/** How long disposal waits for background work, in milliseconds. */
const STOP_TIMEOUT_MILLISECONDS = 2_000;

/**
 * A queue in Postgres for all nodes, built on pg-boss. A worker fetches tasks only when it has capacity: the workers of pg-boss would
 * fetch more, and hold them. The retry count of pg-boss rises whenever a task is taken again, so it guards every change by a holder.
 *
 * Lines take turns through the priority of pg-boss (`pgboss_priority.ts`), and tenants through its groups.
 *
 * pg-boss has no delay for a single failure and no way to release a task. Both are a failure and an update in one transaction.
 */
export class PgBossJobQueue implements JobQueue, AsyncDisposable {
  readonly heartbeat = 4_000;
  readonly #database: PostgresDatabase;
  readonly #turns: PostgresTurns;
  readonly #onFault: (fault: Error) => void;
  readonly #listeners = new Listeners();
  readonly #rounds = new TenantRounds();
  /** The claim by which pg-boss knows each taken task. */
  readonly #claims = new WeakMap<Task, JobAttempt>();
  #boss: Promise<PgBoss> | null = null;

  constructor(database: PostgresDatabase, { onFault = () => {} }: PgBossJobQueueOptions = {}) {
    this.#database = database;
    this.#turns = new PostgresTurns(database);
    this.#onFault = onFault;
  }

  /** Migrates the tables of the queue. Run it in one process at a time, as {@linkcode PostgresDatabase.migrate}. */
  static async migrate(database: PostgresDatabase): Promise<void> {
    await migratePgBoss(database);
  }

  async add(tasks: readonly NewTask[], { delay = 0 }: AddTasksOptions = {}): Promise<void> {
    if (tasks.length === 0) return;
    const single = [...new Map(tasks.map((task) => [task.id, task])).values()];
    const turns = await this.#turns.next(single);
    const numbered = single.map((task, index) => ({ ...task, turn: turns[index] ?? 0 }));
    const jobs = numbered.map(({ id, kind, payload, priority, line, turn }) => ({
      id,
      priority: pgBossPriority(priority, turn),
      singletonKey: line,
      group: { id: groupOf(tenantOfLine(line)) },
      data: { kind, payload } satisfies TaskData,
      ...(delay > 0 && { startAfter: secondsOf(delay) }),
    }));
    await this.#transaction(async ({ boss, db, transaction }) => {
      const added = new Set(await boss.insert(TASK_QUEUE, jobs, { returnId: true, db }));
      const queued = numbered.filter(({ id }) => added.has(id));
      await this.#turns.keep(transaction, queued);
    });
    this.#listeners.call();
  }

  async take(limit: number, { priority: lowest = 0 }: TakeTasksOptions = {}): Promise<readonly Task[]> {
    const minPriority = lowest === 0 ? undefined : lowest * TURNS;
    const tasks: Task[] = [];
    while (tasks.length < limit) {
      const task = await this.#rounds.take((without) => this.#takeOne(minPriority, without));
      if (!task) break;
      tasks.push(task);
    }
    return tasks;
  }

  async extend(task: Task): Promise<boolean> {
    const claim = this.#claimOf(task);
    return hasChanged(await this.#use((boss) => boss.touch(TASK_QUEUE, claim)));
  }

  // A job that pg-boss completes would stay in its table, and block a new one with the same id.
  async complete(task: Task): Promise<boolean> {
    const claim = this.#claimOf(task);
    return hasChanged(await this.#use((boss) => boss.deleteJob(TASK_QUEUE, claim)));
  }

  async fail(task: Task, { retryInMs }: FailTaskOptions): Promise<boolean> {
    return await this.#giveBack(task, ({ boss, db }) =>
      boss.update(TASK_QUEUE, undefined, { id: task.id, startAfter: secondsOf(retryInMs), db }),
    );
  }

  async release(task: Task, { isTurnOver = false }: ReleaseTaskOptions = {}): Promise<boolean> {
    const { kind, payload, priority, attempt } = task;
    const data = { kind, payload, releases: this.#claimOf(task).retryCount + 2 - attempt } satisfies TaskData;
    const [turn] = isTurnOver ? await this.#turns.next([task]) : [];
    const isReleased = await this.#giveBack(task, async ({ boss, db, transaction }) => {
      const change = turn === undefined ? {} : { priority: pgBossPriority(priority, turn) };
      await boss.update(TASK_QUEUE, data, { id: task.id, ...change, db });
      if (turn !== undefined) await this.#turns.keep(transaction, [{ ...task, turn }]);
    });
    if (isReleased) this.#listeners.call();
    return isReleased;
  }

  onAdded(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Stops background work. Tasks that are still held go to other holders when their leases expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#turns[Symbol.dispose]();
    const stopped = this.#boss?.then(
      (boss) => boss.stop({ graceful: false }),
      () => {},
    );
    await Promise.race([stopped, Bun.sleep(STOP_TIMEOUT_MILLISECONDS)]);
  }

  async #takeOne(minPriority: number | undefined, without: readonly string[]): Promise<Task | undefined> {
    const ignoreGroups = without.length > 0 ? without.map(groupOf) : undefined;
    const options = { includeMetadata: true, minPriority, ignoreGroups } as const;
    const [job] = await this.#use((boss) => boss.fetch<TaskData>(TASK_QUEUE, options));
    return job && this.#takenTask(job);
  }

  #takenTask({
    id,
    data,
    priority: number,
    singletonKey: line,
    retryCount,
  }: JobWithMetadata<TaskData>): Task {
    const { kind, payload, releases = 0 } = data;
    const priority = priorityOfPgBoss(number);
    const attempt = retryCount + 1 - releases;
    // Tasks that version 0.1 queued have neither a line nor a turn.
    const task = { id, kind, payload, priority, line: line ?? jobOfTask({ payload }), attempt };
    if (line !== null) this.#turns.serve({ priority, line, turn: turnOfPgBoss(number) });
    this.#claims.set(task, { id, retryCount });
    return task;
  }

  /** Returns a task to the queue at once and changes it there, before another holder can take it. */
  async #giveBack(task: Task, change: (within: WithinTransaction) => Promise<unknown>): Promise<boolean> {
    const claim = this.#claimOf(task);
    return await this.#transaction(async (within) => {
      const isHeld = hasChanged(await within.boss.fail(TASK_QUEUE, claim, null, { db: within.db }));
      if (isHeld) await change(within);
      return isHeld;
    });
  }

  #claimOf(task: Task): JobAttempt {
    const claim = this.#claims.get(task);
    if (!claim) throw new TypeError("Cannot change task: this queue has not handed it out");
    return claim;
  }

  async #transaction<T>(work: (within: WithinTransaction) => Promise<T>): Promise<T> {
    const boss = await this.#use(async (started) => started);
    return await this.#database.transaction(async (transaction) =>
      work({ boss, db: await pgBossWithin(transaction), transaction }),
    );
  }

  /** Runs work with pg-boss, and starts it first if necessary. */
  async #use<T>(work: (boss: PgBoss) => Promise<T>): Promise<T> {
    return await this.#database.write(async () => await work(await (this.#boss ??= this.#start())));
  }

  async #start(): Promise<PgBoss> {
    try {
      return await startPgBoss(this.#database, this.#onFault);
    } catch (error) {
      this.#boss = null;
      throw error;
    }
  }
}

/** pg-boss and a transaction. The calls of pg-boss with the option `db` belong to it. */
interface WithinTransaction {
  readonly boss: PgBoss;
  readonly db: Db;
  readonly transaction: PostgresTransaction;
}

/** Returns the group of a tenant's tasks in pg-boss, which cannot leave out tasks without a group. */
function groupOf(tenant: string): string {
  return `${tenant}/`;
}

/** Returns a delay as pg-boss takes it. It counts by the clock of the database. */
function secondsOf(milliseconds: number): number {
  return Math.ceil(milliseconds) / 1_000;
}

/** Returns whether a call changed its task. The response has a count that its type lacks. */
function hasChanged(response: CommandResponse): boolean {
  return (response as { readonly affected: number }).affected > 0;
}
