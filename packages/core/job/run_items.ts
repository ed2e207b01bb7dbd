import type { Ports } from "../ports.ts";
import { concludeJob } from "./conclude_job.ts";
import type { FetchItem } from "./deliver_output.ts";
import { TASK_ITEMS } from "./expand_job.ts";
import { hasEnded } from "./job.ts";
import type { JobItem } from "./job_item.ts";
import type { Task } from "./job_queue.ts";
import { jobOfTask, numberOfTask } from "./job_tasks.ts";
import { processItem, type ProcessItemOptions } from "./process_item.ts";
import type { Settler } from "./settler.ts";
import type { Slots } from "./slots.ts";
import { unpackItems } from "./unpack_items.ts";
import { failItems, type ItemRange, waitingItems } from "./waiting_items.ts";

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
  if (hasEnded(job)) return await concludeJob(ports, job);
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const work = async (item: JobItem, fetch?: FetchItem) => {
    const settled = await slots.run(
      () => processItem(ports, job, item, { ...options, fetch, signal: either }),
      either,
    );
    const after = await settler.settle(job.id, settled);
    // Somebody has cancelled it: what has not begun need not begin.
    if (!after || hasEnded(after)) ending.abort();
  };
  const { sources } = job;
  try {
    if (sources.kind === "archive") {
      onReady();
      await unpackItems(
        ports,
        { job, archive: sources, range: rangeOf(task) },
        { work, signal: either, settler },
      );
    } else {
      const running = (await waitingItems(ports, job, rangeOf(task), TASK_ITEMS)).map((item) => work(item));
      onReady();
      await allDone(running);
    }
  } catch (error) {
    if (!(ending.signal.aborted && !signal.aborted)) throw error;
  }
}

/** Settles the items of a task as failed: it has come back too often. */
export async function giveUpItems(ports: Pick<Ports, "jobs">, task: Task, settler: Settler): Promise<void> {
  const job = await ports.jobs.find(jobOfTask(task));
  if (!job || job.run !== numberOfTask(task, "run") || hasEnded(job)) return;
  const problem = { code: "internal", message: "Cannot process item: each attempt has failed" } as const;
  await failItems(ports, { job, range: rangeOf(task), problem }, settler);
}

function rangeOf(task: Task): ItemRange {
  return { from: numberOfTask(task, "first"), before: numberOfTask(task, "last") + 1 };
}

/** Waits for all of them, whatever becomes of each. @throws what the first of them has thrown */
async function allDone(running: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(running);
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
}
