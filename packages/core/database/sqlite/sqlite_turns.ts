import { and, asc, desc, eq, inArray, max, sql } from "drizzle-orm";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { jobTasks } from "./sqlite_schema.ts";
import { currentTurn, Turns } from "../../job/queue/turns.ts";

/** Each condition repeats that of a partial index. */
export const IS_READY = sql`is_ready = 1`;
export const IS_NOT_READY = sql`is_ready = 0`;
const IS_HELD = sql`is_held = 1`;

/** Finds the turns that the lines of a priority have reached. */
export class SqliteTurns {
  readonly #orm: SqliteDatabase["orm"];
  readonly #lastHeld;
  readonly #nextReady;

  constructor({ orm }: SqliteDatabase) {
    this.#orm = orm;
    this.#lastHeld = this.#turns(IS_HELD).orderBy(desc(jobTasks.turn)).limit(1).prepare();
    this.#nextReady = this.#turns(IS_READY).orderBy(asc(jobTasks.turn)).limit(1).prepare();
  }

  /** Returns the turns of a priority, for adding tasks to these lines. */
  find(priority: number, lines: readonly string[]): Turns {
    const [lastHeld, nextReady] = [this.#lastHeld.get({ priority }), this.#nextReady.get({ priority })];
    const last = this.#orm
      .select({ line: jobTasks.line, turn: max(jobTasks.turn) })
      .from(jobTasks)
      .where(and(eq(jobTasks.priority, priority), inArray(jobTasks.line, [...lines])))
      .groupBy(jobTasks.line)
      .all();
    return new Turns({
      current: currentTurn(lastHeld?.turn ?? null, nextReady?.turn ?? null),
      last: last.map(({ line, turn }) => [line, turn ?? 0]),
    });
  }

  #turns(condition: typeof IS_READY) {
    return this.#orm
      .select({ turn: jobTasks.turn })
      .from(jobTasks)
      .where(and(eq(jobTasks.priority, sql.placeholder("priority")), condition));
  }
}
