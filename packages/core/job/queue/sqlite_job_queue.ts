import { and, asc, eq, lte, type SQL, sql } from "drizzle-orm";
import type { RunOptions, SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { jobTasks } from "../../database/sqlite/sqlite_schema.ts";
import type {
  AddTasksOptions,
  FailTaskOptions,
  JobQueue,
  NewTask,
  ReleaseTaskOptions,
  TakeTasksOptions,
  Task,
} from "./job_queue.ts";
import { Listeners } from "./listeners.ts";
import {
  IS_NOT_READY,
  IS_READY,
  SqliteTurns,
  TENANT_PART,
  tenantPart,
} from "../../database/sqlite/sqlite_turns.ts";
import { TenantRounds } from "./tenant_rounds.ts";
import { numberTasks } from "./turns.ts";

/** Options for {@linkcode SqliteJobQueue}. */
export interface SqliteJobQueueOptions {
  /** Milliseconds after which a task without heartbeat is available again. @default {4_000} */
  readonly lease?: number;
  readonly now?: () => number;
}

/** Long enough for a process that stalls for a second or two, short enough to detect a dead one soon. */
const LEASE_MILLISECONDS = 4_000;

/** The priorities of tasks, highest first. Each has its own part of the index. */
const PRIORITIES: readonly number[] = [2, 1, 0];

/** Work that a power cut undoes is repeated, so only added tasks must survive one. */
const RELAXED = { isDurable: false } as const;

/** A queue in SQLite for all processes of one machine. */
export class SqliteJobQueue implements JobQueue {
  readonly heartbeat: number;
  readonly #database: SqliteDatabase;
  readonly #lease: number;
  readonly #now: () => number;
  readonly #turns: SqliteTurns;
  readonly #next;
  readonly #nextOfOthers;
  readonly #due;
  readonly #listeners = new Listeners();
  readonly #rounds = new TenantRounds();

  constructor(database: SqliteDatabase, options: SqliteJobQueueOptions = {}) {
    const { lease = LEASE_MILLISECONDS, now = Date.now } = options;
    this.#database = database;
    this.#lease = lease;
    this.#now = now;
    this.heartbeat = lease / 4;
    this.#turns = new SqliteTurns(database);
    const { orm } = database;
    const { placeholder } = sql;
    const next = (...conditions: readonly SQL[]) =>
      orm
        .select()
        .from(jobTasks)
        .where(and(eq(jobTasks.priority, placeholder("priority")), IS_READY, ...conditions))
        .orderBy(asc(jobTasks.turn), sql`rowid`)
        .limit(1)
        .prepare();
    this.#next = next();
    this.#nextOfOthers = next(
      sql`${TENANT_PART} not in (select value from json_each(${placeholder("without")}))`,
    );
    this.#due = orm
      .select({ id: jobTasks.id })
      .from(jobTasks)
      .where(and(lte(jobTasks.availableAt, placeholder("now")), IS_NOT_READY))
      .limit(1)
      .prepare();
  }

  async add(tasks: readonly NewTask[], { delay = 0 }: AddTasksOptions = {}): Promise<void> {
    if (tasks.length === 0) return;
    await this.#transaction((transaction) => {
      const columns = {
        attempt: 0,
        isHeld: false,
        isReady: delay <= 0,
        availableAt: this.#now() + delay,
      };
      const turns = this.#turnsOf(tasks);
      const rows = tasks.map((task, index) => ({
        ...task,
        payload: JSON.stringify(task.payload),
        turn: turns[index],
        ...columns,
      }));
      transaction.insert(jobTasks).values(rows).onConflictDoNothing().run();
    });
    this.#listeners.call();
  }

  async take(limit: number, { priority = 0 }: TakeTasksOptions = {}): Promise<readonly Task[]> {
    // The read needs no lock, and most polls find nothing.
    const isAnyReady = await this.#database.run(
      () => this.#ready(priority) !== undefined || this.#due.get({ now: this.#now() }) !== undefined,
    );
    if (!isAnyReady) return [];
    const tasks: Task[] = [];
    while (tasks.length < limit) {
      const take = async (without: readonly string[]) =>
        await this.#transaction((transaction) => this.#takeReady(transaction, priority, without), RELAXED);
      const task = await this.#rounds.take(take);
      if (!task) break;
      tasks.push(task);
    }
    return tasks;
  }

  async extend(task: Task): Promise<boolean> {
    return await this.#change(task, { isReady: false, availableAt: this.#now() + this.#lease });
  }

  async complete(task: Task): Promise<boolean> {
    const completed = await this.#database.run(
      () => this.#database.orm.delete(jobTasks).where(isHeldAs(task)).returning({ id: jobTasks.id }).get(),
      RELAXED,
    );
    return completed !== undefined;
  }

  async fail(task: Task, { retryInMs }: FailTaskOptions): Promise<boolean> {
    return await this.#change(task, { isHeld: false, availableAt: this.#now() + retryInMs });
  }

  async release(task: Task, { isTurnOver = false }: ReleaseTaskOptions = {}): Promise<boolean> {
    const columns = {
      isHeld: false,
      isReady: true,
      attempt: task.attempt - 1,
      availableAt: this.#now(),
    };
    const isReleased = await this.#transaction((transaction) => {
      const [turn] = isTurnOver ? this.#turnsOf([task]) : [];
      return changeTask(transaction, task, { ...columns, turn });
    }, RELAXED);
    if (isReleased) this.#listeners.call();
    return isReleased;
  }

  onAdded(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #turnsOf(tasks: readonly NewTask[]): readonly number[] {
    return numberTasks(tasks, (lines) => this.#turns.find(lines));
  }

  /** Returns the row of the next task apart from those of some tenants. */
  #ready(lowest: number, tenants: readonly string[] = []) {
    const without = JSON.stringify(tenants.map(tenantPart));
    const next = tenants.length > 0 ? this.#nextOfOthers : this.#next;
    for (const priority of PRIORITIES) {
      const row = priority >= lowest ? next.get({ priority, without }) : undefined;
      if (row) return row;
    }
    return undefined;
  }

  #takeReady(transaction: Transaction, lowest: number, without: readonly string[]): Task | undefined {
    const now = this.#now();
    const isDue = and(lte(jobTasks.availableAt, now), IS_NOT_READY);
    transaction.update(jobTasks).set({ isReady: true }).where(isDue).run();
    const row = this.#ready(lowest, without);
    if (!row) return undefined;
    const { id, kind, payload, priority, line, attempt } = row;
    transaction
      .update(jobTasks)
      .set({
        attempt: sql`${jobTasks.attempt} + 1`,
        isHeld: true,
        isReady: false,
        availableAt: now + this.#lease,
      })
      .where(eq(jobTasks.id, id))
      .run();
    return { id, kind, payload: JSON.parse(payload), priority, line, attempt: attempt + 1 };
  }

  async #change(task: Task, columns: Columns): Promise<boolean> {
    return await this.#database.run(() => changeTask(this.#database.orm, task, columns), RELAXED);
  }

  #transaction<T>(work: (transaction: Transaction) => T, options: RunOptions = {}): Promise<T> {
    return this.#database.run(() => this.#database.orm.transaction(work, { behavior: "immediate" }), options);
  }
}

type Transaction = Pick<SqliteDatabase["orm"], "insert" | "select" | "update">;

type Columns = Partial<typeof jobTasks.$inferInsert>;

function changeTask(orm: Transaction, task: Task, columns: Columns): boolean {
  const changed = orm
    .update(jobTasks)
    .set(columns)
    .where(isHeldAs(task))
    .returning({ id: jobTasks.id })
    .get();
  return changed !== undefined;
}

/** Whether the task has not been taken since. An expired lease that no other holder has taken is still valid. */
function isHeldAs({ id, attempt }: Task) {
  return and(eq(jobTasks.id, id), eq(jobTasks.attempt, attempt), eq(jobTasks.isHeld, true));
}
