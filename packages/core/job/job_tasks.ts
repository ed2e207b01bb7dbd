import type { Job } from "./job.ts";
import { JOB_PRIORITIES } from "./job.ts";
import type { NewTask, Task } from "./job_queue.ts";

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

/** Gives the task that tells the webhook of a job that its run has ended. */
export function webhookTask(job: Job): NewTask {
  return taskOf(job, "webhook", {});
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
  const id = uuidOf(JSON.stringify([kind, payload]));
  return { id, kind, payload, priority: JOB_PRIORITIES.indexOf(job.priority) };
}

/** The same words give the same id, so that the same task is not queued twice. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function uuidOf(words: string): string {
  const digits = new Bun.CryptoHasher("sha256").update(words).digest("hex");
  const variant = ((Number.parseInt(digits.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
  ];
  return [...parts, digits.slice(20, 32)].join("-");
}
