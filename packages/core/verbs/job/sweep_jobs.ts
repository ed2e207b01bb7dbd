import { expandTask } from "../../job/queue/job_tasks.ts";
import type { Ports } from "../../ports.ts";

/** The result of a round of sweeping. */
export interface SweptJobs {
  /** Removed rows of jobs and items. */
  readonly expired: number;
  /** Jobs that were recorded but had no task. */
  readonly revived: number;
}

const BATCH = 500;

/** Bounds the duration of a round; the next round removes the rest. */
const BATCHES = 40;

/** A job that waits longer than this may have no task, because the process that created it crashed. */
const STALLED_MILLISECONDS = 60_000;

/** Removes expired jobs of all tenants with their items, and queues jobs that were recorded but not queued. */
export async function sweepJobs(ports: Pick<Ports, "jobs" | "now" | "queue">): Promise<SweptJobs> {
  let expired = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const removed = await ports.jobs.removeExpired(BATCH);
    expired += removed;
    if (removed < BATCH) break;
  }
  return { expired, revived: await revive(ports) };
}

/** Queues the jobs that have not begun. It looks at all of them: those that only wait may be many, and of one tenant. */
async function revive({ jobs, now, queue }: Pick<Ports, "jobs" | "now" | "queue">): Promise<number> {
  const before = now() - STALLED_MILLISECONDS;
  let revived = 0;
  for (let after = ""; ;) {
    const stalled = await jobs.stalled(before, { after, limit: BATCH });
    // A task that is already in the queue is not added again.
    await queue.add(stalled.map((job) => expandTask(job, 0)));
    revived += stalled.length;
    if (stalled.length < BATCH) return revived;
    after = stalled.at(-1)?.id ?? "";
  }
}
