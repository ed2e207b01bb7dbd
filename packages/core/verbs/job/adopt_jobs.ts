import { announceEnd } from "../../job/running/announce_end.ts";
import { itemsTasks } from "../../job/running/expand_job.ts";
import { BATCH_ITEMS } from "../../job/running/find_sources.ts";
import { hasEnded, type Job } from "../../job/job.ts";
import { expandTask } from "../../job/queue/job_tasks.ts";
import type { Ports } from "../../ports.ts";

type AdoptPorts = Pick<Ports, "jobs" | "queue">;

const BATCH_JOBS = 500;

/**
 * Queues the remaining work of all tenants' jobs in a queue that lacks it, such as that of a database to which their records were copied.
 * Finished work is not repeated. Returns how many jobs have not ended.
 */
export async function adoptJobs(ports: AdoptPorts): Promise<number> {
  let adopted = 0;
  for (let after: string | null = null; ;) {
    const jobs: readonly Job[] = await ports.jobs.scan(after, BATCH_JOBS);
    for (const job of jobs) {
      if (hasEnded(job)) await announceEnd(ports, job);
      else {
        await adopt(ports, job);
        adopted++;
      }
    }
    if (jobs.length < BATCH_JOBS) return adopted;
    after = jobs.at(-1)?.id ?? null;
  }
}

/** Queues tasks for the waiting items of a job, and one that continues the search for further items. */
async function adopt({ jobs: records, queue }: AdoptPorts, job: Job): Promise<void> {
  const jobs = records.of(job.owner);
  const query = { before: job.expandedTo, limit: BATCH_ITEMS, status: "queued" } as const;
  for (let from = 0; from < job.expandedTo;) {
    const places = (await jobs.items(job.id, { ...query, from })).map(({ place }) => place);
    await queue.add(itemsTasks(job, places));
    from = places.length < BATCH_ITEMS ? job.expandedTo : (places.at(-1) ?? from) + 1;
  }
  if (!job.isExpanded) await queue.add([expandTask(job, job.expandedTo)]);
}
