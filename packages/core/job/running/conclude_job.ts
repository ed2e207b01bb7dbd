import type { Ports } from "../../ports.ts";
import { announceEnd } from "./announce_end.ts";
import { hasEnded, isStaged, type Job } from "../job.ts";

/** Finishes an ended job: queues the call of its webhook and removes the bytes that were staged for it. Idempotent. */
export async function concludeJob(ports: Pick<Ports, "blobs" | "jobs" | "queue">, job: Job): Promise<void> {
  await announceEnd(ports, job);
  if (!hasEnded(job) || !isStaged(job)) return;
  const keys = await ports.jobs.unstage(job.id);
  // The sweep removes any bytes that remain.
  await Promise.all(keys.map((key) => ports.blobs.remove(key).catch(() => {})));
}
