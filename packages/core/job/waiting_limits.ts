import { ProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";
import type { Job } from "./job.ts";

/** How many jobs that have not ended there may be, and how many images may wait in all of them. */
export interface WaitingLimits {
  readonly jobs: number;
  readonly items: number;
}

/** How much waits now. */
export interface WaitingCounts {
  readonly jobs: number;
  readonly items: number;
}

/** Returns those of the limits that say how much may wait. */
export function waitingLimitsOf({ waitingJobs, waitingJobItems }: Limits): WaitingLimits {
  return { jobs: waitingJobs, items: waitingJobItems };
}

/** Seconds after which another try makes sense: some job has ended, or gone on. */
const RETRY_AFTER_SECONDS = 30;

/**
 * Checks that one more job may wait.
 *
 * @throws {ProgImageError} `too_many_jobs`
 */
export function checkWaiting(
  { waiting }: Pick<Job, "waiting">,
  counts: WaitingCounts,
  limits: WaitingLimits,
): void {
  if (counts.jobs + 1 > limits.jobs)
    throw refuse(`at most ${limits.jobs} jobs may wait: there are ${counts.jobs}`, limits.jobs);
  // The images of a filter are found later: there is room for at least one.
  if (counts.items + Math.max(1, waiting) > limits.items) {
    const found = `${counts.items} wait, and it has ${waiting}`;
    throw refuse(`at most ${limits.items} images may wait in all jobs: ${found}`, limits.items);
  }
}

function refuse(reason: string, limit: number): ProgImageError {
  const details = { limit, retryAfter: RETRY_AFTER_SECONDS };
  return new ProgImageError("too_many_jobs", `Cannot begin job as ${reason}`, { details });
}
