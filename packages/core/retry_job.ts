import { ProgImageError } from "./error.ts";
import { jobNotFound } from "./find_job.ts";
import { isImageId } from "./image/image_id.ts";
import type { Job } from "./job/job.ts";
import { expandTask } from "./job/job_tasks.ts";
import type { Ports } from "./ports.ts";

/**
 * Has the failed items of a job that is done tried again. Results that came out well are not made anew.
 *
 * @throws {ProgImageError} `not_found`; `conflict` if the job is not done or nothing has failed in it
 */
export async function retryJob(ports: Pick<Ports, "jobs" | "queue">, id: string): Promise<Job> {
  const job = isImageId(id) ? await ports.jobs.retry(id) : null;
  if (!job) throw jobNotFound();
  if (job.state !== "running" || job.isExpanded)
    throw new ProgImageError(
      "conflict",
      `Cannot retry job as it must be done and have failed items: it is ${job.state} with ${job.failed} of them`,
    );
  await ports.queue.add([expandTask(job, 0)]);
  return job;
}
