import { ProgImageError } from "../../error.ts";
import { findJob } from "./find_job.ts";
import { hasEnded, type Job } from "../../job/job.ts";
import { webhookTask } from "../../job/queue/job_tasks.ts";
import type { Ports } from "../../ports.ts";

/**
 * Calls the webhook of an ended job again, with retries.
 *
 * @throws {ProgImageError} `job_not_found`; `conflict` if the job has no webhook, or has not ended
 */
export async function resendWebhook(ports: Pick<Ports, "jobs" | "queue">, id: string): Promise<Job> {
  const job = await findJob(ports, id);
  if (job.webhook === null || !hasEnded(job)) {
    const found = job.webhook === null ? "it has none" : `the job is ${job.status}`;
    throw new ProgImageError(
      "conflict",
      `Cannot resend webhook as there must be one, of a job that has ended: ${found}`,
    );
  }
  await ports.jobs.recordDelivery(id, job.run, null);
  await ports.queue.add([webhookTask(job)]);
  return { ...job, webhookDelivery: null };
}
