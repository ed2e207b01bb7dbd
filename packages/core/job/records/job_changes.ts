import { hasEnded, type Job, type JobStatus } from "../job.ts";
import type { SettledItem } from "../job_item.ts";
import type { JobProblem } from "../job_problem.ts";
import type { ItemBatch, RequeueBatch } from "./job_records.ts";

/** Gives a job with a batch of further items, or `null` if the batch comes too late. */
export function withItems(job: Job, batch: ItemBatch, now: number): Job | null {
  if (!isExpected(job, batch)) return null;
  const expandedTo = batch.from + batch.sources.length;
  const { cursor, isLast } = batch;
  const total = isLast ? expandedTo : null;
  const startedAt = job.startedAt ?? now;
  // Those of a list were known before.
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

/** Gives a job of which further items are settled. One that was ended early counts what was under way, but stays so. */
export function withSettled(job: Job, settled: readonly SettledItem[], now: number): Job {
  const failed = settled.filter(({ problem }) => problem !== null).length;
  const waiting = Math.max(0, job.waiting - settled.length);
  const succeeded = job.succeeded + settled.length - failed;
  const counted = { ...job, waiting, succeeded, failed: job.failed + failed };
  return withConclusion(counted, now);
}

/** Gives a job that is ended early; one that has ended stays as it is. */
export function withEnd(
  job: Job,
  {
    status,
    problem,
    now,
  }: { readonly status: "cancelled" | "failed"; readonly problem: JobProblem | null; readonly now: number },
): Job {
  if (hasEnded(job)) return job;
  // What was not found any more is none of its items.
  const total = job.total ?? job.expandedTo;
  return { ...job, status, problem, total, waiting: 0, finishedAt: now, expiresAt: now + job.lifetime };
}

/** Gives a job in another run; one that has not come to its own end, or in which nothing has failed, stays as it is. */
export function withRetry(job: Job): Job {
  const isOver = job.status === "partially_failed" || (job.status === "failed" && job.problem === null);
  if (!isOver) return job;
  const begun = { isExpanded: false, expandedTo: 0, webhookDelivery: null };
  const again = { finishedAt: null, expiresAt: null, ...begun };
  return { ...job, ...again, status: "running", run: job.run + 1 };
}

/** Tells whether a batch of failed items may still wait again. */
export function canRequeue(job: Job, batch: RequeueBatch): boolean {
  return isExpected(job, batch);
}

/** Gives a job of which failed items wait again: those at these places, as many as there were up to the limit. */
export function withRequeued(job: Job, batch: RequeueBatch, places: readonly number[], now: number): Job {
  const isLast = places.length < batch.limit;
  const last = places.at(-1);
  const expandedTo = isLast || last === undefined ? (job.total ?? 0) : last + 1;
  const moved = { waiting: job.waiting + places.length, failed: job.failed - places.length };
  return withConclusion({ ...job, ...moved, expandedTo, isExpanded: isLast }, now);
}

/** Tells whether a change has ended a job. */
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
