import type { Ports } from "../../ports.ts";
import { hasEnded, type Job } from "../job.ts";
import { webhookTask } from "../queue/job_tasks.ts";

/** Has the webhook of a job told that it has ended, unless it was, or is given up. More than once does no harm. */
export async function announceEnd({ queue }: Pick<Ports, "queue">, job: Job): Promise<void> {
  const { status = "pending" } = job.webhookDelivery ?? {};
  if (job.webhook !== null && hasEnded(job) && status === "pending") await queue.add([webhookTask(job)]);
}
