import { tenantOfLine } from "./job_tasks.ts";
import type { Task } from "./job_queue.ts";

/** Returns the next task of the queue apart from those of some tenants, or `undefined`. */
export type FindTask = (without: readonly string[]) => Promise<Task | undefined>;

/** While only one tenant has tasks, another one is looked for once in this number of takes. */
const LOOK_EVERY = 8;

/**
 * Lets tenants take turns: each round serves one task of every tenant that has any, so that one with many jobs gets no more than one with
 * a single job. Each process has rounds of its own.
 */
export class TenantRounds {
  /** The tenants that this round has served. */
  readonly #served = new Set<string>();
  /** Whether several tenants have tasks, as far as this process knows. */
  #isShared = false;
  #takes = 0;

  /** Takes the next task. */
  async take(find: FindTask): Promise<Task | undefined> {
    return (await this.#takeInRound(find)) ?? this.#serve(await find([]));
  }

  /** Returns a task of a tenant that this round has not served yet. If there is none, the next round begins. */
  async #takeInRound(find: FindTask): Promise<Task | undefined> {
    const isLooking = this.#isShared || ++this.#takes % LOOK_EVERY === 0;
    if (this.#served.size === 0 || !isLooking) return undefined;
    const task = await find([...this.#served]);
    if (task) return this.#serve(task);
    this.#isShared = this.#served.size > 1;
    this.#served.clear();
    return undefined;
  }

  #serve(task: Task | undefined): Task | undefined {
    if (!task) return undefined;
    this.#served.add(tenantOfLine(task.line));
    if (this.#served.size > 1) this.#isShared = true;
    return task;
  }
}
