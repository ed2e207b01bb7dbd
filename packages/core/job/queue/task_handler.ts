import type { Task } from "./job_queue.ts";

/**
 * Carries out a task. When it resolves the task is done with; when it rejects the task comes back after some time, up to a number
 * of attempts. The same task may run again, also elsewhere at the same time: the second time must do no harm.
 */
export type TaskHandler = (task: Task, context: TaskContext) => Promise<void>;

/** What a {@linkcode TaskHandler} is told besides its task. */
export interface TaskContext {
  /** The process stops or the task has gone to another one: nothing further shall begin. */
  readonly signal: AbortSignal;
}
