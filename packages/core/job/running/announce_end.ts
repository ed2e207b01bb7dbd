import type { Ports } from "../../ports.ts";
import { hasEnded, type Job } from "../job.ts";
import { webhookTask } from "../queue/job_tasks.ts";

/** Queues a call of the job's webhook for its end, unless that call succeeded or has been given up. Idempotent. */
export async function announceEnd({ queue }: Pick<Ports, "queue">, job: Job): Promise<void> {
  const { status = "pending" } = job.webhookDelivery ?? {};
  if (job.webhook !== null && hasEnded(job) && status === "pending") await queue.add([webhookTask(job)]);
}
