/** A task as it is given to a queue. */
export interface NewTask {
  /** A UUID. A task that is still in the queue under the same id is not added again. */
  readonly id: string;
  /** Who carries it out. */
  readonly kind: string;
  /** Small: ids and numbers, what they stand for lies elsewhere. */
  readonly payload: TaskPayload;
  /** Higher goes first; 0, 1 or 2. */
  readonly priority: number;
  /** Lines of one priority take turns: the job that it belongs to. */
  readonly line: string;
}

/** What JSON can hold, one level deep. */
export type TaskPayload = Readonly<Record<string, string | number>>;

/** A task that was taken. Whoever has taken it holds it until the lease runs out. */
export interface Task extends NewTask {
  /** How often it has been taken and not been released, this time included. A holder with an earlier number has lost it. */
  readonly attempt: number;
}

/** Options for {@linkcode JobQueue.add}. */
export interface AddTasksOptions {
  /** Milliseconds before which nobody gets them. @default {0} */
  readonly delay?: number;
}

/** Options for {@linkcode JobQueue.take}. */
export interface TakeTasksOptions {
  /** Leaves tasks of lower priorities in the queue. @default {0} */
  readonly priority?: number;
}

/** Options for {@linkcode JobQueue.release}. */
export interface ReleaseTaskOptions {
  /** Puts it behind the other tasks of its line, so that other lines have their turn. @default {false} */
  readonly isTurnOver?: boolean;
}

/**
 * Tasks that wait for a process to carry them out. Each is delivered at least once, and to another holder when the one who has it
 * does not say for a while that it still works: what a task does must be harmless to do again.
 */
export interface JobQueue {
  /** Milliseconds between two calls of {@linkcode JobQueue.extend} that keep a task: a few of them may fail. */
  readonly heartbeat: number;
  /** Adds tasks. When it resolves they survive a crash. */
  add(tasks: readonly NewTask[], options?: AddTasksOptions): Promise<void>;
  /** Gives at most so many tasks to the caller: by priority, then by turns of the lines, then those that have waited longest. */
  take(limit: number, options?: TakeTasksOptions): Promise<readonly Task[]>;
  /** Keeps a task for longer. Gives `false` if another holder may have it. */
  extend(task: Task): Promise<boolean>;
  /** Strikes off a task that was carried out. Gives `false`, and does nothing, if another holder may have it. */
  complete(task: Task): Promise<boolean>;
  /** Leaves a task to another attempt, after some time. Gives `false`, and does nothing, if another holder may have it. */
  fail(task: Task, options: FailTaskOptions): Promise<boolean>;
  /** Gives a task back as if it had never been taken. Gives `false`, and does nothing, if another holder may have it. */
  release(task: Task, options?: ReleaseTaskOptions): Promise<boolean>;
  /** Calls the listener when tasks are added by this process: others are found by looking. Gives what ends that. */
  onAdded(listener: () => void): () => void;
}

/** Options for {@linkcode JobQueue.fail}. */
export interface FailTaskOptions {
  /** Milliseconds before which nobody gets it. */
  readonly retryInMs: number;
}
