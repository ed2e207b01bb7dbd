import { and, asc, eq, inArray, lte, sql } from "drizzle-orm";
import type { SqliteDatabase } from "../database/sqlite_database.ts";
import { jobTasks } from "../database/sqlite_schema.ts";
import type { AddTasksOptions, FailTaskOptions, JobQueue, NewTask, Task } from "./job_queue.ts";
import { Listeners } from "./listeners.ts";

/** Options for {@linkcode SqliteJobQueue}. */
export interface SqliteJobQueueOptions {
  /** Milliseconds for which a task is held without a sign of life. @default {4_000} */
  readonly lease?: number;
  readonly now?: () => number;
}

/** Long enough for a process that is held up for a second or two, short enough to miss a dead one soon. */
const LEASE_MILLISECONDS = 4_000;

/** The priorities of tasks, the first ones first. Each has its own part of the index. */
const PRIORITIES: readonly number[] = [2, 1, 0];

/** What a power cut takes back is done again: only what is added must survive it. */
const RELAXED = { isDurable: false } as const;

/** A queue in SQLite, for all processes of a machine. */
export class SqliteJobQueue implements JobQueue {
  readonly heartbeat: number;
  readonly #database: SqliteDatabase;
  readonly #lease: number;
  readonly #now: () => number;
  readonly #next;
  readonly #listeners = new Listeners();

  constructor(database: SqliteDatabase, options: SqliteJobQueueOptions = {}) {
    const { lease = LEASE_MILLISECONDS, now = Date.now } = options;
    this.#database = database;
    this.#lease = lease;
    this.#now = now;
    this.heartbeat = lease / 4;
    this.#next = this.nextStatement().prepare();
  }

  async add(tasks: readonly NewTask[], { delay = 0 }: AddTasksOptions = {}): Promise<void> {
    if (tasks.length === 0) return;
    const availableAt = this.#now() + delay;
    const rows = tasks.map((task) => ({
      ...task,
      payload: JSON.stringify(task.payload),
      attempt: 0,
      isHeld: false,
      availableAt,
    }));
    await this.#database.run(() =>
      this.#database.orm.insert(jobTasks).values(rows).onConflictDoNothing().run(),
    );
    this.#listeners.call();
  }

  async take(limit: number): Promise<readonly Task[]> {
    // Looking first costs no lock: most looks find nothing.
    const isAnyReady = await this.#database.run(() => this.#ready(1).length > 0);
    return isAnyReady ? await this.#database.run(() => this.#takeReady(limit), RELAXED) : [];
  }

  /** Gives the statement that finds the next tasks of a priority, for a test to explain. */
  nextStatement() {
    const { placeholder } = sql;
    return this.#database.orm
      .select()
      .from(jobTasks)
      .where(
        and(eq(jobTasks.priority, placeholder("priority")), lte(jobTasks.availableAt, placeholder("now"))),
      )
      .orderBy(asc(jobTasks.availableAt), sql`rowid`)
      .limit(placeholder("limit"));
  }

  async extend(task: Task): Promise<boolean> {
    return await this.#change(task, { availableAt: this.#now() + this.#lease });
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

  async release(task: Task): Promise<boolean> {
    const attempt = task.attempt - 1;
    const isReleased = await this.#change(task, { isHeld: false, attempt, availableAt: this.#now() });
    if (isReleased) this.#listeners.call();
    return isReleased;
  }

  onAdded(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #ready(limit: number) {
    const now = this.#now();
    const rows: (typeof jobTasks.$inferSelect)[] = [];
    for (const priority of PRIORITIES)
      if (rows.length < limit) rows.push(...this.#next.all({ priority, now, limit: limit - rows.length }));
    return rows;
  }

  #takeReady(limit: number): readonly Task[] {
    return this.#database.orm.transaction(
      (transaction) => {
        const rows = this.#ready(limit);
        const ids = rows.map(({ id }) => id);
        transaction
          .update(jobTasks)
          .set({
            attempt: sql`${jobTasks.attempt} + 1`,
            isHeld: true,
            availableAt: this.#now() + this.#lease,
          })
          .where(inArray(jobTasks.id, ids))
          .run();
        return rows.map(({ id, kind, payload, priority, attempt }) => ({
          id,
          kind,
          payload: JSON.parse(payload),
          priority,
          attempt: attempt + 1,
        }));
      },
      { behavior: "immediate" },
    );
  }

  async #change(task: Task, columns: Partial<typeof jobTasks.$inferInsert>): Promise<boolean> {
    const changed = await this.#database.run(
      () =>
        this.#database.orm
          .update(jobTasks)
          .set(columns)
          .where(isHeldAs(task))
          .returning({ id: jobTasks.id })
          .get(),
      RELAXED,
    );
    return changed !== undefined;
  }
}

/** Nobody has taken it since: a lease that has run out without that is as good as before. */
function isHeldAs({ id, attempt }: Task) {
  return and(eq(jobTasks.id, id), eq(jobTasks.attempt, attempt), eq(jobTasks.isHeld, true));
}
