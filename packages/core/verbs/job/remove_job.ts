import { ProgImageError } from "../../error.ts";
import { jobNotFound } from "./find_job.ts";
import { isImageId } from "../../image/image_id.ts";
import { hasEnded } from "../../job/job.ts";
import type { Ports } from "../../ports.ts";

/** Rows that are removed in one step of the records. */
const BATCH = 500;

/**
 * Removes an ended job with its items. The images and files that it made remain.
 *
 * @throws {ProgImageError} `job_not_found`; `conflict` if it has not ended
 */
export async function removeJob({ jobs }: Pick<Ports, "jobs">, id: string): Promise<void> {
  const job = isImageId(id) ? await jobs.expire(id) : null;
  if (!job) throw jobNotFound();
  if (!hasEnded(job))
    throw new ProgImageError(
      "conflict",
      `Cannot remove job as it must have ended, cancel it before: it is ${job.status}`,
    );
  while ((await jobs.removeExpired(BATCH)) >= BATCH);
}
