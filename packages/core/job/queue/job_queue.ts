/** A task to be added to a queue. */
export interface NewTask {
  /** A UUID. A task whose id is already in the queue is not added again. */
  readonly id: string;
  /** Selects the handler. */
  readonly kind: string;
  /** Keep it small: ids and numbers that refer to records. */
  readonly payload: TaskPayload;
  /** Higher goes first; 0, 1 or 2. */
  readonly priority: number;
  /** A job, with the tenant that it belongs to. Tenants take turns, and in each of them the lines of one priority. */
  readonly line: string;
}

/** Values that JSON can hold, one level deep. */
export type TaskPayload = Readonly<Record<string, string | number>>;

/** A taken task. Its holder keeps it until the lease expires. The queue knows it by this object, not by a copy. */
export interface Task extends NewTask {
  /** How many times it has been taken without being released, including this one. A holder with a lower number has lost the task. */
  readonly attempt: number;
}

/** Options for {@linkcode JobQueue.add}. */
export interface AddTasksOptions {
  /** Milliseconds before the tasks can be taken. @default {0} */
  readonly delay?: number;
}

/** Options for {@linkcode JobQueue.take}. */
export interface TakeTasksOptions {
  /** The lowest priority to take. @default {0} */
  readonly priority?: number;
}

/** Options for {@linkcode JobQueue.release}. */
export interface ReleaseTaskOptions {
  /** Whether the task goes behind the other tasks of its line, so that other lines have their turn. @default {false} */
  readonly isTurnOver?: boolean;
}

/**
 * A queue of tasks for worker processes. Delivery is at least once: when a holder misses its heartbeats, another one gets the task.
 * Tasks must be idempotent.
 */
export interface JobQueue {
  /** Milliseconds between two calls of {@linkcode JobQueue.extend} that keep a task. The lease allows for a few missed ones. */
  readonly heartbeat: number;
  /** Adds tasks. Once it resolves, they survive a crash. */
  add(tasks: readonly NewTask[], options?: AddTasksOptions): Promise<void>;
  /** Takes at most `limit` tasks: by turns of the tenants; then by priority, by turns of the lines, and the longest waiting first. */
  take(limit: number, options?: TakeTasksOptions): Promise<readonly Task[]>;
  /** Extends the lease of a task. Returns `false` if another holder may have the task. */
  extend(task: Task): Promise<boolean>;
  /** Removes a finished task. Returns `false`, and changes nothing, if another holder may have it. */
  complete(task: Task): Promise<boolean>;
  /** Schedules a retry of a task. Returns `false`, and changes nothing, if another holder may have it. */
  fail(task: Task, options: FailTaskOptions): Promise<boolean>;
  /** Returns a task to the queue as if it had never been taken. Returns `false`, and changes nothing, if another holder may have it. */
  release(task: Task, options?: ReleaseTaskOptions): Promise<boolean>;
  /**
   * Calls the listener when this process adds tasks; tasks of other processes are found by polling. Returns a function that unsubscribes.
   */
  onAdded(listener: () => void): () => void;
}

/** Options for {@linkcode JobQueue.fail}. */
export interface FailTaskOptions {
  /** Milliseconds before the task can be taken again. */
  readonly retryInMs: number;
}
