import { ProgImageError } from "../../error.ts";
import { jobNotFound } from "./find_job.ts";
import { isImageId } from "../../image/image_id.ts";
import { isStaged, type Job } from "../../job/job.ts";
import { expandTask } from "../../job/queue/job_tasks.ts";
import { waitingLimitsOf } from "../../job/waiting_limits.ts";
import type { Ports } from "../../ports.ts";

/**
 * Retries the failed items of an ended job. Results that succeeded are not made again.
 *
 * @throws {ProgImageError} `job_not_found`; `too_many_jobs`; `conflict` if the job has not ended, has no failed items, or its bytes are
 * gone
 */
export async function retryJob(ports: Pick<Ports, "jobs" | "limits" | "queue">, id: string): Promise<Job> {
  const known = isImageId(id) ? await ports.jobs.find(id) : null;
  if (known && isStaged(known))
    throw new ProgImageError(
      "conflict",
      "Cannot retry job as the bytes that were sent along with it go when it ends: send them again",
    );
  const job = known && (await ports.jobs.retry(id, waitingLimitsOf(ports.limits)));
  if (!job) throw jobNotFound();
  if (job.status !== "running" || job.isExpanded)
    throw new ProgImageError(
      "conflict",
      `Cannot retry job as it must have ended and have failed items: it is ${job.status} with ${job.failed} of them`,
    );
  await ports.queue.add([expandTask(job, 0)]);
  return job;
}
