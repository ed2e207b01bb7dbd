import { hasEnded, type Job, type JobStatus } from "../job.ts";
import type { SettledItem } from "../job_item.ts";
import type { JobProblem } from "../job_problem.ts";
import type { ItemBatch, RequeueBatch } from "./job_records.ts";

/** Returns a job after a batch of further items, or `null` if the batch comes too late. */
export function withItems(job: Job, batch: ItemBatch, now: number): Job | null {
  if (!isExpected(job, batch)) return null;
  const expandedTo = batch.from + batch.sources.length;
  const { cursor, isLast } = batch;
  const total = isLast ? expandedTo : null;
  const startedAt = job.startedAt ?? now;
  // The items of a list were counted before.
  const waiting = Math.max(job.waiting, expandedTo - job.succeeded - job.failed);
  const expanded = {
    ...job,
    status: "running",
    startedAt,
    expandedTo,
    cursor,
    total,
    isExpanded: isLast,
    waiting,
  } as const;
  return withConclusion(expanded, now);
}

/** Returns a job after further items are settled. A job that was ended early counts them but keeps its status. */
export function withSettled(job: Job, settled: readonly SettledItem[], now: number): Job {
  const failed = settled.filter(({ problem }) => problem !== null).length;
  const waiting = Math.max(0, job.waiting - settled.length);
  const succeeded = job.succeeded + settled.length - failed;
  const counted = { ...job, waiting, succeeded, failed: job.failed + failed };
  return withConclusion(counted, now);
}

/** Returns a job that is ended early. A job that has already ended is returned unchanged. */
export function withEnd(
  job: Job,
  {
    status,
    problem,
    now,
  }: { readonly status: "cancelled" | "failed"; readonly problem: JobProblem | null; readonly now: number },
): Job {
  if (hasEnded(job)) return job;
  // Sources that were not found before the end do not count.
  const total = job.total ?? job.expandedTo;
  return { ...job, status, problem, total, waiting: 0, finishedAt: now, expiresAt: now + job.lifetime };
}

/** Returns a job in its next run. A job that did not finish by itself, or has no failed items, is returned unchanged. */
export function withRetry(job: Job): Job {
  const isOver = job.status === "partially_failed" || (job.status === "failed" && job.problem === null);
  if (!isOver) return job;
  const begun = { isExpanded: false, expandedTo: 0, webhookDelivery: null };
  const again = { finishedAt: null, expiresAt: null, ...begun };
  return { ...job, ...again, status: "running", run: job.run + 1 };
}

/** Returns whether a batch of failed items may still be requeued. */
export function canRequeue(job: Job, batch: RequeueBatch): boolean {
  return isExpected(job, batch);
}

/** Returns a job after failed items were requeued. `places` are those of the batch, at most as many as its limit. */
export function withRequeued(job: Job, batch: RequeueBatch, places: readonly number[], now: number): Job {
  const isLast = places.length < batch.limit;
  const last = places.at(-1);
  const expandedTo = isLast || last === undefined ? (job.total ?? 0) : last + 1;
  const moved = { waiting: job.waiting + places.length, failed: job.failed - places.length };
  return withConclusion({ ...job, ...moved, expandedTo, isExpanded: isLast }, now);
}

/** @throws {TypeError} for a job of another owner than its records */
export function checkOwner({ owner }: Pick<Job, "owner">, recordsOf: string): void {
  if (owner !== recordsOf)
    throw new TypeError(`Cannot add job to the records of owner "${recordsOf}": its owner is "${owner}"`);
}

/** Returns whether a change has ended a job. */
export function isEnd(before: Job, after: Job): boolean {
  return !hasEnded(before) && hasEnded(after);
}

function isExpected(job: Job, { run, from }: { readonly run: number; readonly from: number }): boolean {
  return !hasEnded(job) && !job.isExpanded && job.run === run && job.expandedTo === from;
}

function withConclusion(job: Job, now: number): Job {
  if (job.status !== "running" || !job.isExpanded || job.succeeded + job.failed !== job.total) return job;
  return { ...job, status: outcomeOf(job), waiting: 0, finishedAt: now, expiresAt: now + job.lifetime };
}

function outcomeOf({ succeeded, failed }: Job): JobStatus {
  if (failed === 0) return "succeeded";
  return succeeded === 0 ? "failed" : "partially_failed";
}
