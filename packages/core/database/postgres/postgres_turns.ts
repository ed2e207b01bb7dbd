import { and, eq, inArray, lt, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { NewTask } from "../../job/queue/job_queue.ts";
import { linesByPriority, numberTasks, Turns } from "../../job/queue/turns.ts";
import type { PostgresDatabase, PostgresTransaction } from "./postgres_database.ts";
import { jobTurns } from "./postgres_schema.ts";

/** A task with its turn. */
export type NumberedTask = Pick<NewTask, "line" | "priority"> & { readonly turn: number };

/** In place of a line, the turn of a priority that is served now. */
const CURRENT = "";

/** How long a served turn may wait to be written, in milliseconds. A statement for each task would cost a quarter of the tasks a second. */
const WRITE_WITHIN_MILLISECONDS = 200;

/** Keeps the turns that priorities and their lines have reached, because pg-boss cannot be asked for them. */
export class PostgresTurns implements Disposable {
  readonly #database: PostgresDatabase;
  /** Current turns that are not written yet, by priority. */
  readonly #served = new Map<number, number>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** Returns the turns of tasks that are queued next. Concurrent calls may return the same ones. */
  async next(tasks: readonly Pick<NewTask, "line" | "priority">[]): Promise<readonly number[]> {
    const served = new Map(this.#served);
    const priorities = linesByPriority(tasks).map(([priority]) => priority);
    const lines = [CURRENT, ...new Set(tasks.map(({ line }) => line))];
    const isAmongThem = and(inArray(jobTurns.priority, priorities), inArray(jobTurns.line, lines));
    const rows = await this.#database.read(() =>
      this.#database.orm.select().from(jobTurns).where(isAmongThem),
    );
    const turns = priorities.map((priority) => {
      const own = rows.filter((row) => row.priority === priority);
      const written = own.find(({ line }) => line === CURRENT)?.turn ?? 0;
      const current = Math.max(written, served.get(priority) ?? 0);
      return [priority, new Turns({ current, last: own.map(({ line, turn }) => [line, turn]) })] as const;
    });
    return numberTasks(tasks, new Map(turns));
  }

  /** Keeps the turns of tasks that have been queued. Forgets lines that have been passed: they start as new ones do. */
  async keep(transaction: PostgresTransaction, tasks: readonly NumberedTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const isCurrent = and(eq(current.priority, jobTurns.priority), eq(current.line, CURRENT));
    const currentTurn = transaction.select({ turn: current.turn }).from(current).where(isCurrent);
    await transaction.delete(jobTurns).where(and(ne(jobTurns.line, CURRENT), lt(jobTurns.turn, currentTurn)));
    await raise(transaction, tasks);
  }

  /**
   * Moves the current turn of a priority on when a task is taken. Other processes learn it a moment later; until then, their new lines
   * start a little earlier than they should.
   */
  serve(priority: number, turn: number): void {
    this.#served.set(priority, Math.max(turn, this.#served.get(priority) ?? 0));
    this.#timer ??= setTimeout(() => void this.#writeServed(), WRITE_WITHIN_MILLISECONDS);
  }

  /** Leaves what is not yet written: the next task that is taken makes up for it. */
  [Symbol.dispose](): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #writeServed(): Promise<void> {
    this.#timer = null;
    const tasks = [...this.#served].map(([priority, turn]) => ({ priority, line: CURRENT, turn }));
    try {
      await this.#database.write(() => raise(this.#database.orm, tasks));
    } catch {
      // An outage, which all users of the queue notice. The next task that is taken makes up for it.
      return;
    }
    for (const { priority, turn } of tasks)
      if (this.#served.get(priority) === turn) this.#served.delete(priority);
  }
}

const current = alias(jobTurns, "current");

/** Writes the last turn of each line. A turn never falls. */
async function raise(
  orm: Pick<PostgresTransaction, "insert">,
  tasks: readonly NumberedTask[],
): Promise<void> {
  const last = new Map(tasks.map((task) => [`${task.priority} ${task.line}`, task]));
  await orm
    .insert(jobTurns)
    .values([...last.values()].map(({ priority, line, turn }) => ({ priority, line, turn })))
    .onConflictDoUpdate({
      target: [jobTurns.priority, jobTurns.line],
      set: { turn: sql`excluded.turn` },
      setWhere: sql`${jobTurns.turn} < excluded.turn`,
    });
}
