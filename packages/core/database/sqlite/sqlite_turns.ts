import { and, asc, desc, eq, inArray, max, sql } from "drizzle-orm";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { jobTasks } from "./sqlite_schema.ts";
import { currentTurn, type TenantLines, Turns } from "../../job/queue/turns.ts";

/** Each condition repeats that of a partial index. */
export const IS_READY = sql`is_ready = 1`;
export const IS_NOT_READY = sql`is_ready = 0`;
const IS_HELD = sql`is_held = 1`;

/** The tenant of a task's line, as `tenantOfLine` returns it, with the slash behind it unless it is empty. */
export const TENANT_PART = sql<string>`substr(${jobTasks.line}, 1, instr(${jobTasks.line}, '/'))`;

/** Returns the value that {@linkcode TENANT_PART} has for a tenant. */
export function tenantPart(tenant: string): string {
  return tenant === "" ? "" : `${tenant}/`;
}

/** Finds the turns that a tenant's lines of a priority have reached. */
export class SqliteTurns {
  readonly #orm: SqliteDatabase["orm"];
  readonly #lastHeld;
  readonly #nextReady;

  constructor({ orm }: SqliteDatabase) {
    this.#orm = orm;
    this.#lastHeld = this.#turns(IS_HELD).orderBy(desc(jobTasks.turn)).limit(1).prepare();
    this.#nextReady = this.#turns(IS_READY).orderBy(asc(jobTasks.turn)).limit(1).prepare();
  }

  /** Returns the turns of a tenant in a priority, for adding tasks to these lines. */
  find({ tenant, priority, lines }: TenantLines): Turns {
    const given = { priority, tenant: tenantPart(tenant) };
    const [lastHeld, nextReady] = [this.#lastHeld.get(given), this.#nextReady.get(given)];
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
    const isOfTenant = eq(TENANT_PART, sql.placeholder("tenant"));
    return this.#orm
      .select({ turn: jobTasks.turn })
      .from(jobTasks)
      .where(and(eq(jobTasks.priority, sql.placeholder("priority")), condition, isOfTenant));
  }
}
