import { jobNotFound } from "./find_job.ts";
import { isImageId } from "../../image/image_id.ts";
import { concludeJob } from "../../job/running/conclude_job.ts";
import type { Job } from "../../job/job.ts";
import type { Ports } from "../../ports.ts";

/**
 * Cancels a job. Items in progress continue to their end, and no others begin. A job that has ended does not change.
 *
 * @throws {ProgImageError} `job_not_found`
 */
export async function cancelJob(ports: Pick<Ports, "blobs" | "jobs" | "queue">, id: string): Promise<Job> {
  const ended = isImageId(id) ? await ports.jobs.end(id, "cancelled", null) : null;
  if (!ended) throw jobNotFound();
  if (ended.hasEnded) await concludeJob(ports, ended.job);
  return ended.job;
}
