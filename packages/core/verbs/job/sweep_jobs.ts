import { expandTask } from "../../job/queue/job_tasks.ts";
import type { Ports } from "../../ports.ts";

/** What a round of sweeping found. */
export interface SweptJobs {
  /** Rows of jobs and items that went. */
  readonly expired: number;
  /** Jobs that nobody had begun. */
  readonly revived: number;
}

const BATCH = 500;

/** So that a round does not take long: what is left then waits for the next one. */
const BATCHES = 40;

/** A job that waits for longer may have lost its task, when whoever began it crashed right after that. */
const PATIENCE_MILLISECONDS = 60_000;

/** Removes jobs that have expired with their items, and has jobs carried out that were recorded but not queued. */
export async function sweepJobs(ports: Pick<Ports, "jobs" | "now" | "queue">): Promise<SweptJobs> {
  let expired = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const removed = await ports.jobs.removeExpired(BATCH);
    expired += removed;
    if (removed < BATCH) break;
  }
  const before = ports.now() - PATIENCE_MILLISECONDS;
  const waiting = await ports.jobs.list({ limit: BATCH, status: "queued" });
  const stalled = waiting.filter(({ createdAt }) => createdAt < before);
  // One that is in the queue is not added again.
  await ports.queue.add(stalled.map((job) => expandTask(job, 0)));
  return { expired, revived: stalled.length };
}
