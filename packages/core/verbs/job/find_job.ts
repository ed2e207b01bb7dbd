import { ProgImageError } from "../../error.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Job } from "../../job/job.ts";
import type { Ports } from "../../ports.ts";

/**
 * Returns a job.
 *
 * @throws {ProgImageError} `job_not_found` if there is none, if it has expired, or if the id is invalid
 */
export async function findJob(ports: Pick<Ports, "jobs">, id: string): Promise<Job> {
  const job = isImageId(id) ? await ports.jobs.find(id) : null;
  if (!job) throw jobNotFound();
  return job;
}

/** Returns the error for a missing job. It does not repeat the id, which is untrusted. */
export function jobNotFound(): ProgImageError {
  return new ProgImageError(
    "job_not_found",
    "Cannot find job: there is none with this id, or it has expired",
  );
}
