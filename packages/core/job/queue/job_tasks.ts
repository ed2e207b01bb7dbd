import type { Job } from "../job.ts";
import { JOB_PRIORITIES } from "../job.ts";
import type { NewTask, Task } from "./job_queue.ts";
import { uuidOf } from "../running/uuid_of.ts";

/** The kinds of tasks. The server handles `webhook`, this package the others. */
export type TaskKind = "expand" | "items" | "webhook";

/** Returns the task that finds the next sources of a job, starting at a place. */
export function expandTask(job: Job, from: number): NewTask {
  return taskOf(job, "expand", { from });
}

/** Returns the task that processes the items of a job in a range of places, both ends included. */
export function itemsTask(job: Job, first: number, last: number): NewTask {
  return taskOf(job, "items", { first, last });
}

/** Returns the task that calls the webhook of a job at the end of its run, after a number of failed attempts. */
export function webhookTask(job: Job, attempt = 0): NewTask {
  return taskOf(job, "webhook", { attempt });
}

/** Returns the priority of the tasks of a job. */
export function priorityOf({ priority }: Pick<Job, "priority">): number {
  return JOB_PRIORITIES.indexOf(priority);
}

/** Returns the id of the job that a task belongs to, or an empty string. */
export function jobOfTask({ payload }: Pick<Task, "payload">): string {
  return String(payload["job"] ?? "");
}

/** Returns the line of a job's tasks. */
export function lineOf({ id, owner }: Pick<Job, "id" | "owner">): string {
  return owner === "" ? id : `${owner}/${id}`;
}

/** Returns the tenant of a line; empty for the first one. */
export function tenantOfLine(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf("/")));
}

/** Returns a number from a task's payload. */
export function numberOfTask({ payload }: Pick<Task, "payload">, name: string): number {
  return Number(payload[name] ?? 0);
}

function taskOf(job: Job, kind: TaskKind, numbers: Readonly<Record<string, number>>): NewTask {
  const payload = { job: job.id, run: job.run, ...numbers };
  // Equal tasks have equal ids, so they are not queued twice.
  const id = uuidOf(JSON.stringify([kind, payload]));
  return { id, kind, payload, priority: priorityOf(job), line: lineOf(job) };
}
