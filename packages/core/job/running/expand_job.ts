import type { Ports } from "../../ports.ts";
import { concludeJob } from "./conclude_job.ts";
import { BATCH_ITEMS, findSources } from "./find_sources.ts";
import type { Job } from "../job.ts";
import { hasEnded } from "../job.ts";
import type { NewTask, Task } from "../queue/job_queue.ts";
import { expandTask, itemsTask, jobOfTask, numberOfTask } from "../queue/job_tasks.ts";

/** Items per task: enough to keep the cost of the queue low, few enough that many processes and jobs get their share. */
export const TASK_ITEMS = 20;

type ExpandPorts = Pick<Ports, "blobs" | "catalog" | "exchange" | "jobs" | "queue">;

/**
 * Finds the next items of a job, or the failed items of its last run, and queues tasks for them. The last task continues the search,
 * so that many jobs take turns. A repeated call queues the same tasks and adds nothing.
 */
export async function expandJob(ports: ExpandPorts, task: Task): Promise<void> {
  const from = numberOfTask(task, "from");
  const found = await ports.jobs.find(jobOfTask(task));
  if (!found || found.run !== numberOfTask(task, "run")) return;
  const job = await moveOn(ports, found, from);
  if (!job) return;
  if (hasEnded(job)) return await concludeJob(ports, job);
  const { expandedTo: before, isExpanded } = job;
  const query = { from, before, limit: BATCH_ITEMS, status: "queued" } as const;
  const places = (await ports.jobs.items(job.id, query)).map(({ place }) => place);
  const tasks = itemsTasks(job, places);
  await ports.queue.add(isExpanded ? tasks : [...tasks, expandTask(job, before)]);
}

/** Returns the job after its next items were found, by this or another process; `null` if the job is gone. */
async function moveOn(ports: ExpandPorts, job: Job, from: number): Promise<Job | null> {
  const { id, run } = job;
  if (hasEnded(job) || job.isExpanded || job.expandedTo !== from) return job;
  const moved =
    run > 1
      ? await ports.jobs.requeue(id, { run, from, limit: BATCH_ITEMS })
      : (await ports.jobs.addItems(id, { run, from, ...(await findSources(ports, job)) }))?.job;
  return moved ?? (await ports.jobs.find(id));
}

/** Returns the tasks that process the items of a job at given places, in order. */
export function itemsTasks(job: Job, places: readonly number[]): readonly NewTask[] {
  // One task reads the whole archive, as it is read sequentially.
  if (job.sources.kind === "archive") return job.isExpanded ? [itemsTask(job, 0, job.expandedTo - 1)] : [];
  const count = Math.ceil(places.length / TASK_ITEMS);
  return Array.from({ length: count }, (_, index) => {
    const part = places.slice(index * TASK_ITEMS, (index + 1) * TASK_ITEMS);
    return itemsTask(job, part[0] ?? 0, part.at(-1) ?? 0);
  });
}
