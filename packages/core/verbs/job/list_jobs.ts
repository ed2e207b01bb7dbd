import { decodeCursor, encodeCursor } from "../../image/catalog/list_cursor.ts";
import type { Job, JobStatus } from "../../job/job.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode listJobs}. */
export interface ListJobsOptions {
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string;
  readonly status?: JobStatus;
}

/** A page of jobs. */
export interface JobPage {
  readonly items: readonly Job[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Returns a page of jobs, the newest first.
 *
 * @throws {ProgImageError} `invalid_parameter` for a cursor of another listing
 */
export async function listJobs(ports: Pick<Ports, "jobs">, options: ListJobsOptions): Promise<JobPage> {
  const { cursor, limit, status } = options;
  const position = cursor === undefined ? undefined : decodeCursor(cursor, "createdAt");
  const after = position && { createdAt: Number(position.value), id: position.id };
  const jobs = await ports.jobs.list({ limit: limit + 1, after, status });
  const items = jobs.slice(0, limit);
  const last = jobs.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? encodeCursor("createdAt", { value: last.createdAt, id: last.id }) : null };
}
