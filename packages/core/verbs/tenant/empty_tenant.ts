import { hasEnded } from "../../job/job.ts";
import type { Ports } from "../../ports.ts";
import { eraseImages } from "../image/erase_images.ts";
import { removeErased } from "../image/remove_bytes.ts";
import { cancelJob } from "../job/cancel_job.ts";
import { removeJob } from "../job/remove_job.ts";

/** Options for {@linkcode emptyTenant}. */
export interface EmptyTenantOptions {
  /** Called with the number of images that are erased so far. */
  readonly onProgress?: (erased: number) => void;
}

type EmptyTenantPorts = Pick<
  Ports,
  "blobs" | "catalog" | "deleted" | "derivatives" | "jobs" | "ledger" | "now" | "owner" | "queue" | "removals"
>;

/** Deleted images and jobs that are read at a time. */
const BATCH = 100;

/** Erases all images of the tenant of these ports for good, deleted or not, and removes its jobs. Returns the number of images. */
export async function emptyTenant(
  own: EmptyTenantPorts,
  { onProgress = () => {} }: EmptyTenantOptions = {},
): Promise<number> {
  if (own.owner === "")
    throw new TypeError("Cannot empty the first tenant, to which an installation belongs");
  // A job that goes on would store further images.
  await removeJobs(own);
  let erased = 0;
  for await (const { result } of eraseImages(own, { all: true }))
    if (result.status === "fulfilled") onProgress(++erased);
  for (;;) {
    const images = await own.deleted.list({ limit: BATCH });
    if (images.length === 0) return erased;
    const gone = await own.deleted.erase(images.map(({ id }) => id));
    await removeErased(own, gone).catch(() => {}); // the sweep retries, and reports why it fails
    onProgress((erased += gone.images.length));
  }
}

async function removeJobs(own: EmptyTenantPorts): Promise<void> {
  for (;;) {
    const jobs = await own.jobs.list({ limit: BATCH });
    if (jobs.length === 0) return;
    for (const job of jobs) {
      if (!hasEnded(job)) await cancelJob(own, job.id);
      await removeJob(own, job.id);
    }
  }
}
