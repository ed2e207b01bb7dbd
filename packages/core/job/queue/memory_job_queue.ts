import type {
  AddTasksOptions,
  FailTaskOptions,
  JobQueue,
  NewTask,
  ReleaseTaskOptions,
  TakeTasksOptions,
  Task,
} from "./job_queue.ts";
import { tenantOfLine } from "./job_tasks.ts";
import { Listeners } from "./listeners.ts";
import { TenantRounds } from "./tenant_rounds.ts";
import { currentTurn, Turns } from "./turns.ts";

/** Options for {@linkcode MemoryJobQueue}. */
export interface MemoryJobQueueOptions {
  /** Milliseconds after which a task without heartbeat is available again. @default {4_000} */
  readonly lease?: number;
  readonly now?: () => number;
}

/** A queue in the memory of this process. Its tasks are lost when the process ends. */
export class MemoryJobQueue implements JobQueue {
  readonly heartbeat: number;
  readonly #lease: number;
  readonly #now: () => number;
  readonly #rows = new Map<string, Row>();
  readonly #listeners = new Listeners();
  readonly #rounds = new TenantRounds();

  constructor({ lease = 4_000, now = Date.now }: MemoryJobQueueOptions = {}) {
    this.#lease = lease;
    this.heartbeat = lease / 4;
    this.#now = now;
  }

  async add(tasks: readonly NewTask[], { delay = 0 }: AddTasksOptions = {}): Promise<void> {
    const availableAt = this.#now() + delay;
    for (const task of tasks) {
      if (this.#rows.has(task.id)) continue;
      const turn = this.#turns(task).next(task.line);
      this.#rows.set(task.id, { task, turn, attempt: 0, isHeld: false, availableAt });
    }
    this.#listeners.call();
  }

  async take(limit: number, { priority = 0 }: TakeTasksOptions = {}): Promise<readonly Task[]> {
    const tasks: Task[] = [];
    while (tasks.length < limit) {
      const task = await this.#rounds.take(async (without) => this.#takeOne(priority, without));
      if (!task) break;
      tasks.push(task);
    }
    return tasks;
  }

  async extend(task: Task): Promise<boolean> {
    return this.#change(task, (row) => (row.availableAt = this.#now() + this.#lease));
  }

  async complete(task: Task): Promise<boolean> {
    return this.#change(task, () => this.#rows.delete(task.id));
  }

  async fail(task: Task, { retryInMs }: FailTaskOptions): Promise<boolean> {
    const availableAt = this.#now() + retryInMs;
    return this.#change(task, (row) => Object.assign(row, { isHeld: false, availableAt }));
  }

  async release(task: Task, { isTurnOver = false }: ReleaseTaskOptions = {}): Promise<boolean> {
    const turn = isTurnOver && { turn: this.#turns(task).next(task.line) };
    const released = { isHeld: false, attempt: task.attempt - 1, availableAt: this.#now(), ...turn };
    const isReleased = this.#change(task, (row) => Object.assign(row, released));
    if (isReleased) this.#listeners.call();
    return isReleased;
  }

  onAdded(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #takeOne(lowest: number, without: readonly string[]): Task | undefined {
    const now = this.#now();
    const [row] = [...this.#rows.values()]
      .filter(({ task, availableAt }) => availableAt <= now && task.priority >= lowest)
      .filter(({ task }) => !without.includes(tenantOfLine(task.line)))
      .sort((one, other) => other.task.priority - one.task.priority || one.turn - other.turn);
    if (!row) return undefined;
    Object.assign(row, { attempt: row.attempt + 1, isHeld: true, availableAt: now + this.#lease });
    return { ...row.task, attempt: row.attempt };
  }

  #turns({ priority, line }: Pick<NewTask, "line" | "priority">): Turns {
    const tenant = tenantOfLine(line);
    const now = this.#now();
    const rows = [...this.#rows.values()]
      .filter(({ task }) => task.priority === priority && tenantOfLine(task.line) === tenant)
      .sort((one, other) => one.turn - other.turn);
    const held = rows.findLast(({ isHeld }) => isHeld);
    const ready = rows.find(({ isHeld, availableAt }) => !isHeld && availableAt <= now);
    const current = currentTurn(held?.turn ?? null, ready?.turn ?? null);
    return new Turns({ current, last: rows.map(({ task, turn }) => [task.line, turn]) });
  }

  #change({ id, attempt }: Task, change: (row: Row) => unknown): boolean {
    const row = this.#rows.get(id);
    if (!row?.isHeld || row.attempt !== attempt) return false;
    change(row);
    return true;
  }
}

interface Row {
  readonly task: NewTask;
  turn: number;
  attempt: number;
  isHeld: boolean;
  /** When it can be taken. For a held task this is the end of its lease. */
  availableAt: number;
}
