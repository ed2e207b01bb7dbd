import { ProgImageError } from "../../error.ts";
import { findJob } from "./find_job.ts";
import type { Job } from "../../job/job.ts";
import type { JobItem, JobItemStatus } from "../../job/job_item.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode listJobItems}. */
export interface ListJobItemsOptions {
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string;
  readonly status?: JobItemStatus;
}

/** A page of a job's items. */
export interface JobItemPage {
  readonly job: Job;
  readonly items: readonly JobItem[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Returns a page of the items of a job, in the order of its sources.
 *
 * @throws {ProgImageError} `job_not_found`, `invalid_parameter` for an invalid cursor
 */
export async function listJobItems(
  ports: Pick<Ports, "jobs">,
  id: string,
  options: ListJobItemsOptions,
): Promise<JobItemPage> {
  const { cursor, limit, status } = options;
  const from = cursor === undefined ? 0 : readPlace(cursor);
  const job = await findJob(ports, id);
  const found = await ports.jobs.items(id, { limit: limit + 1, from, status });
  const items = found.slice(0, limit);
  const next = found[limit];
  return { job, items, next: next ? String(next.place) : null };
}

function readPlace(cursor: string): number {
  if (/^\d{1,12}$/.test(cursor)) return Number(cursor);
  throw new ProgImageError(
    "invalid_parameter",
    "Cannot read cursor: it is not the `next` of a page of items",
    {
      details: { parameter: "cursor" },
    },
  );
}
