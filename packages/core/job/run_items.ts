import type { Ports } from "../ports.ts";
import { announceEnd } from "./announce_end.ts";
import { TASK_ITEMS } from "./expand_job.ts";
import { hasEnded, type Job } from "./job.ts";
import type { JobItem } from "./job_item.ts";
import type { Task } from "./job_queue.ts";
import { jobOfTask, numberOfTask } from "./job_tasks.ts";
import { processItem, type ProcessItemOptions } from "./process_item.ts";
import type { Settler } from "./settler.ts";
import type { Slots } from "./slots.ts";

/** Options for {@linkcode runItems}. */
export interface RunItemsOptions extends ProcessItemOptions {
  readonly slots: Slots;
  readonly settler: Settler;
  /** Hears when all of its items wait for their turn, or there are none. */
  readonly onReady: () => void;
}

/** Processes the items of a task that are not settled yet, each when there is a slot for it. */
export async function runItems(ports: Ports, task: Task, options: RunItemsOptions): Promise<void> {
  const { slots, settler, signal, onReady } = options;
  const job = await ports.jobs.find(jobOfTask(task));
  if (!job || job.run !== numberOfTask(task, "run")) return;
  if (hasEnded(job)) return await announceEnd(ports, job);
  const items = await waitingItems(ports, job, task);
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const work = async (item: JobItem) => {
    const settled = await slots.run(
      () => processItem(ports, job, item, { ...options, signal: either }),
      either,
    );
    const after = await settler.settle(job.id, settled);
    // Somebody has cancelled it: what has not begun need not begin.
    if (!after || hasEnded(after)) ending.abort();
  };
  const running = items.map(work);
  onReady();
  const outcomes = await Promise.allSettled(running);
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure && !(ending.signal.aborted && !signal.aborted)) throw failure.reason;
}

/** Settles the items of a task as failed: it has come back too often. */
export async function giveUpItems(ports: Pick<Ports, "jobs">, task: Task, settler: Settler): Promise<void> {
  const job = await ports.jobs.find(jobOfTask(task));
  if (!job || job.run !== numberOfTask(task, "run") || hasEnded(job)) return;
  const problem = { code: "internal", message: "Cannot process item: each attempt has failed" } as const;
  const items = await waitingItems(ports, job, task);
  await Promise.all(items.map(({ place, results }) => settler.settle(job.id, { place, results, problem })));
}

async function waitingItems(
  { jobs }: Pick<Ports, "jobs">,
  job: Job,
  task: Task,
): Promise<readonly JobItem[]> {
  const before = numberOfTask(task, "last") + 1;
  const query = { from: numberOfTask(task, "first"), before, limit: TASK_ITEMS, state: "queued" } as const;
  return await jobs.items(job.id, query);
}
