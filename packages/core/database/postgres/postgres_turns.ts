import { and, eq, inArray, lt, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { NewTask } from "../../job/queue/job_queue.ts";
import { tenantOfLine } from "../../job/queue/job_tasks.ts";
import { linesOf, numberTasks, Turns } from "../../job/queue/turns.ts";
import type { PostgresDatabase, PostgresTransaction } from "./postgres_database.ts";
import { jobTurns } from "./postgres_schema.ts";

/** A task with its turn. */
export type NumberedTask = Pick<NewTask, "line" | "priority"> & { readonly turn: number };

/** The tenant of a row, with the slash behind it unless it is empty. In place of a line, it stands for the turn that is served now. */
const TENANT_PART = sql<string>`left(${jobTurns.line}, position('/' in ${jobTurns.line}))`;

/** How long a served turn may wait to be written, in milliseconds. A statement for each task would cost a quarter of the tasks a second. */
const WRITE_WITHIN_MILLISECONDS = 200;

/** Keeps the turns that tenants and their lines have reached in each priority, because pg-boss cannot be asked for them. */
export class PostgresTurns implements Disposable {
  readonly #database: PostgresDatabase;
  /** Current turns that are not written yet. */
  readonly #served = new Map<string, NumberedTask>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** Returns the turns of tasks that are queued next. Concurrent calls may return the same ones. */
  async next(tasks: readonly Pick<NewTask, "line" | "priority">[]): Promise<readonly number[]> {
    const served = new Map(this.#served);
    const wanted = linesOf(tasks);
    const priorities = [...new Set(wanted.map(({ priority }) => priority))];
    const lines = [...new Set(wanted.flatMap((each) => [currentLine(each.tenant), ...each.lines]))];
    const isAmongThem = and(inArray(jobTurns.priority, priorities), inArray(jobTurns.line, lines));
    const rows = await this.#database.read(() =>
      this.#database.orm.select().from(jobTurns).where(isAmongThem),
    );
    return numberTasks(tasks, ({ tenant, priority }) => {
      const own = rows.filter((row) => row.priority === priority);
      const line = currentLine(tenant);
      const written = own.find((row) => row.line === line)?.turn ?? 0;
      const current = Math.max(written, served.get(nameOf({ priority, line }))?.turn ?? 0);
      return new Turns({ current, last: own.map((row) => [row.line, row.turn]) });
    });
  }

  /** Keeps the turns of tasks that have been queued. Forgets lines that have been passed: they start as new ones do. */
  async keep(transaction: PostgresTransaction, tasks: readonly NumberedTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const isCurrent = and(eq(current.priority, jobTurns.priority), eq(current.line, TENANT_PART));
    const currentTurn = transaction.select({ turn: current.turn }).from(current).where(isCurrent);
    const isLine = ne(jobTurns.line, TENANT_PART);
    await transaction.delete(jobTurns).where(and(isLine, lt(jobTurns.turn, currentTurn)));
    await raise(transaction, tasks);
  }

  /**
   * Moves the current turn of a tenant in a priority on when a task is taken. Other processes learn it a moment later; until then, their new lines
   * start a little earlier than they should.
   */
  serve(task: NumberedTask): void {
    const served = { ...task, line: currentLine(tenantOfLine(task.line)) };
    const name = nameOf(served);
    if (served.turn >= (this.#served.get(name)?.turn ?? 0)) this.#served.set(name, served);
    this.#timer ??= setTimeout(() => void this.#writeServed(), WRITE_WITHIN_MILLISECONDS);
  }

  /** Leaves what is not yet written: the next task that is taken makes up for it. */
  [Symbol.dispose](): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #writeServed(): Promise<void> {
    this.#timer = null;
    const tasks = [...this.#served.values()];
    try {
      await this.#database.write(() => raise(this.#database.orm, tasks));
    } catch {
      // An outage, which all users of the queue notice. The next task that is taken makes up for it.
      return;
    }
    for (const task of tasks) if (this.#served.get(nameOf(task)) === task) this.#served.delete(nameOf(task));
  }
}

const current = alias(jobTurns, "current");

function currentLine(tenant: string): string {
  return tenant === "" ? "" : `${tenant}/`;
}

function nameOf({ priority, line }: Pick<NumberedTask, "line" | "priority">): string {
  return `${priority} ${line}`;
}

/** Writes the last turn of each line. A turn never falls. */
async function raise(
  orm: Pick<PostgresTransaction, "insert">,
  tasks: readonly NumberedTask[],
): Promise<void> {
  const last = new Map(tasks.map((task) => [nameOf(task), task]));
  await orm
    .insert(jobTurns)
    .values([...last.values()].map(({ priority, line, turn }) => ({ priority, line, turn })))
    .onConflictDoUpdate({
      target: [jobTurns.priority, jobTurns.line],
      set: { turn: sql`excluded.turn` },
      setWhere: sql`${jobTurns.turn} < excluded.turn`,
    });
}
