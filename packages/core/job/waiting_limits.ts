import { ProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";
import type { Job } from "./job.ts";

/** The limits on an owner's jobs that have not ended, and on the waiting images of all of them. */
export interface WaitingLimits {
  readonly jobs: number;
  readonly items: number;
}

/** The current number of waiting jobs and images. */
export interface WaitingCounts {
  readonly jobs: number;
  readonly items: number;
}

/** Returns the limits on waiting work. */
export function waitingLimitsOf({ waitingJobs, waitingJobItems }: Limits): WaitingLimits {
  return { jobs: waitingJobs, items: waitingJobItems };
}

/** Seconds to wait before a retry, by when some job has ended or progressed. */
const RETRY_AFTER_SECONDS = 30;

/**
 * Checks that one more job fits within the limits.
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
  // The images of a filter are counted later, so room for one is required.
  if (counts.items + Math.max(1, waiting) > limits.items) {
    const found = `${counts.items} wait, and it has ${waiting}`;
    throw refuse(`at most ${limits.items} images may wait in all jobs: ${found}`, limits.items);
  }
}

function refuse(reason: string, limit: number): ProgImageError {
  const details = { limit, retryAfter: RETRY_AFTER_SECONDS };
  return new ProgImageError("too_many_jobs", `Cannot begin job as ${reason}`, { details });
}
