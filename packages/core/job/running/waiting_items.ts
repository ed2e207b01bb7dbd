import type { Ports } from "../../ports.ts";
import type { Job } from "../job.ts";
import type { JobItem } from "../job_item.ts";
import type { JobProblem } from "../job_problem.ts";
import type { ItemRecorder } from "./item_recorder.ts";

/** A range of places; the end is excluded. */
export interface ItemRange {
  readonly from: number;
  readonly before: number;
}

const BATCH = 500;

/** Returns the first items in a range of a job that are not settled yet. */
export async function waitingItems(
  { jobs }: Pick<Ports, "jobs">,
  { id }: Pick<Job, "id">,
  range: ItemRange,
  limit: number,
): Promise<readonly JobItem[]> {
  return await jobs.items(id, { ...range, limit, status: "queued" });
}

/** Settles the waiting items in a range as failed. */
export async function failItems(
  ports: Pick<Ports, "jobs">,
  { job, range, problem }: { readonly job: Job; readonly range: ItemRange; readonly problem: JobProblem },
  recorder: ItemRecorder,
): Promise<void> {
  for (;;) {
    const items = await waitingItems(ports, job, range, BATCH);
    if (items.length === 0) return;
    await Promise.all(items.map(({ place, results }) => recorder.settle(job, { place, results, problem })));
  }
}
