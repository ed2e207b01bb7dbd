import type { Ports } from "../../ports.ts";
import { allDone } from "./all_done.ts";
import { concludeJob } from "./conclude_job.ts";
import type { FetchItem } from "./deliver_output.ts";
import { TASK_ITEMS } from "./expand_job.ts";
import { hasEnded, type Job } from "../job.ts";
import type { JobItem } from "../job_item.ts";
import type { Task } from "../queue/job_queue.ts";
import { jobOfTask, numberOfTask, priorityOf } from "../queue/job_tasks.ts";
import { processItem, type ProcessItemOptions, type RunPart } from "./process_item.ts";
import type { ItemRecorder } from "./item_recorder.ts";
import type { JobConcurrency } from "./job_concurrency.ts";
import { TaskTurn, TurnOverError } from "../queue/task_turn.ts";
import { unpackItems } from "./unpack_items.ts";
import { failItems, type ItemRange, waitingItems } from "./waiting_items.ts";

/** Options for {@linkcode runItems}. */
export interface RunItemsOptions extends Pick<ProcessItemOptions, "onDefect" | "signal"> {
  readonly concurrency: JobConcurrency;
  readonly recorder: ItemRecorder;
  /** Milliseconds after the beginning of its first item in which the task may begin items. */
  readonly turnMs: number;
  /** Called when all items of the task wait for their turn, or there are none. */
  readonly onReady: () => void;
}

/**
 * Processes the items of a task that are not settled yet, each when the concurrency limit allows it.
 *
 * @returns whether the turn of the task ended before all of its items had begun
 */
export async function runItems(ports: Ports, task: Task, options: RunItemsOptions): Promise<boolean> {
  const job = await ports.jobs.find(jobOfTask(task));
  if (!job || job.run !== numberOfTask(task, "run")) return false;
  if (hasEnded(job)) {
    await concludeJob(ports, job);
    return false;
  }
  using turn = new TaskTurn(options.turnMs);
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const work = itemWork(ports, job, { ...options, signal, turn, ending });
  const { onReady, recorder } = options;
  try {
    if (job.sources.kind === "archive") {
      onReady();
      const items = { job, archive: job.sources, range: rangeOf(task) };
      return (await unpackItems(ports, items, { work, signal, turn, recorder })) === "turn over";
    }
    const running = (await waitingItems(ports, job, rangeOf(task), TASK_ITEMS)).map((item) => work(item));
    onReady();
    return (await allDone(running)).includes("turn over");
  } catch (error) {
    if (ending.signal.aborted && !options.signal.aborted) return false;
    throw error;
  }
}

/** Settles the items of a task as failed, after too many attempts. */
export async function giveUpItems(
  ports: Pick<Ports, "jobs">,
  task: Task,
  recorder: ItemRecorder,
): Promise<void> {
  const job = await ports.jobs.find(jobOfTask(task));
  if (!job || job.run !== numberOfTask(task, "run") || hasEnded(job)) return;
  const problem = { code: "internal", message: "Cannot process item: each attempt has failed" } as const;
  await failItems(ports, { job, range: rangeOf(task), problem }, recorder);
}

/** The state that the items of a task share. */
interface ItemWork extends RunItemsOptions {
  readonly turn: TaskTurn;
  /** Aborts when the job has ended, so that no further item begins. */
  readonly ending: AbortController;
}

/** Returns a function that processes an item and settles it. Each part of the work waits for its turn. */
function itemWork(ports: Ports, job: Job, options: ItemWork) {
  const { concurrency, recorder, signal, turn, ending, onDefect } = options;
  const beginning = AbortSignal.any([signal, turn.signal]);
  const traits = { priority: priorityOf(job), line: job.id };
  return async (item: JobItem, fetch?: FetchItem): Promise<"done" | "turn over"> => {
    if (fetch) turn.begin({ isPreparedEachTime: true });
    const run: RunPart = async (part, { isBegun }) => {
      const begin = () => {
        turn.begin();
        return part();
      };
      const waiting = { ...traits, place: item.place, isBegun, signal: isBegun ? signal : beginning };
      return await concurrency.run(begin, waiting);
    };
    try {
      const settled = await processItem(ports, job, item, { signal, run, fetch, onDefect });
      const after = await recorder.settle(job, settled);
      if (!after || hasEnded(after)) ending.abort();
      return "done";
    } catch (error) {
      if (error instanceof TurnOverError) return "turn over";
      throw error;
    }
  };
}

function rangeOf(task: Task): ItemRange {
  return { from: numberOfTask(task, "first"), before: numberOfTask(task, "last") + 1 };
}
