import type { Ports } from "../ports.ts";
import { hasEnded, type Job } from "./job.ts";
import { webhookTask } from "./job_tasks.ts";

/** Has the webhook of a job hear that it has ended, unless it has heard. More than once does no harm. */
export async function announceEnd({ queue }: Pick<Ports, "queue">, job: Job): Promise<void> {
  if (job.webhook !== null && hasEnded(job) && job.notifiedRun < job.run) await queue.add([webhookTask(job)]);
}
