import type { Task } from "./job_queue.ts";

/**
 * Handles a task. If it resolves, the task is finished. If it rejects, the task is retried later, up to a number of attempts. The same task
 * may run again, even concurrently in another process, so a handler must be idempotent.
 */
export type TaskHandler = (task: Task, context: TaskContext) => Promise<void>;

/** The context of a call of a {@linkcode TaskHandler}. */
export interface TaskContext {
  /** Aborts when the process stops or another holder has the task: the handler must not begin further work. */
  readonly signal: AbortSignal;
}
