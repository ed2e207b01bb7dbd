import type { Ports } from "../../ports.ts";
import { announceEnd } from "./announce_end.ts";
import { hasEnded, isStaged, type Job } from "../job.ts";

/**
 * Does what follows the end of a job: its webhook hears of it, and the bytes that were staged for it go. More than once does no harm.
 */
export async function concludeJob(ports: Pick<Ports, "blobs" | "jobs" | "queue">, job: Job): Promise<void> {
  await announceEnd(ports, job);
  if (!hasEnded(job) || !isStaged(job)) return;
  const keys = await ports.jobs.unstage(job.id);
  // What does not go now is found by the sweep.
  await Promise.all(keys.map((key) => ports.blobs.remove(key).catch(() => {})));
}
