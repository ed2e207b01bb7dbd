import type { Job } from "../job.ts";
import { JOB_PRIORITIES } from "../job.ts";
import type { NewTask, Task } from "./job_queue.ts";
import { uuidOf } from "../running/uuid_of.ts";

/** The kinds of tasks. The server carries out `webhook`; the rest is done here. */
export type TaskKind = "expand" | "items" | "webhook";

/** Gives the task that finds the next sources of a job, from a place on. */
export function expandTask(job: Job, from: number): NewTask {
  return taskOf(job, "expand", { from });
}

/** Gives the task that processes the items of a job from one place to another, both included. */
export function itemsTask(job: Job, first: number, last: number): NewTask {
  return taskOf(job, "items", { first, last });
}

/** Gives the task that tells the webhook of a job that its run has ended, after so many attempts that were not heard. */
export function webhookTask(job: Job, attempt = 0): NewTask {
  return taskOf(job, "webhook", { attempt });
}

/** Returns the priority of the tasks of a job. */
export function priorityOf({ priority }: Pick<Job, "priority">): number {
  return JOB_PRIORITIES.indexOf(priority);
}

/** Gives the id of the job that a task is about, or nothing. */
export function jobOfTask({ payload }: Pick<Task, "payload">): string {
  return String(payload["job"] ?? "");
}

/** Gives a number of a task's payload. */
export function numberOfTask({ payload }: Pick<Task, "payload">, name: string): number {
  return Number(payload[name] ?? 0);
}

function taskOf(job: Job, kind: TaskKind, numbers: Readonly<Record<string, number>>): NewTask {
  const payload = { job: job.id, run: job.run, ...numbers };
  // The same task is not queued twice.
  const id = uuidOf(JSON.stringify([kind, payload]));
  return { id, kind, payload, priority: priorityOf(job), line: job.id };
}
