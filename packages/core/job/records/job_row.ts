import type { jobItems, jobs } from "../../database/sqlite/sqlite_schema.ts";
import { presentSteps } from "./former_steps.ts";
import type { Job, JobOutput, JobPriority, JobStatus } from "../job.ts";
import type { JobItem, JobItemStatus, SettledItem } from "../job_item.ts";

/** The database row of a job without its list of sources. Both dialects have the same rows. */
export type JobRow = Omit<typeof jobs.$inferSelect, "listed">;

/** The database row of an item. Both dialects have the same rows. */
export type JobItemRow = typeof jobItems.$inferSelect;

/** Returns the row of a job. */
export function toJobRow(job: Job): JobRow {
  const { sources, outputs, deliver, attributes, metadata, problem, webhookDelivery } = job;
  return {
    ...job,
    sources: JSON.stringify(sources),
    outputs: JSON.stringify(outputs),
    deliver: JSON.stringify(deliver),
    attributes: JSON.stringify(attributes),
    metadata: JSON.stringify(metadata),
    problem: problem && JSON.stringify(problem),
    webhookDelivery: webhookDelivery && JSON.stringify(webhookDelivery),
  };
}

/** Returns the columns that can change. */
export function changingColumns(job: Job) {
  const { status, total, succeeded, failed, problem, startedAt, finishedAt, expiresAt, run } = job;
  const { isExpanded, expandedTo, cursor, waiting, webhookDelivery } = job;
  const counts = {
    total,
    succeeded,
    failed,
    startedAt,
    finishedAt,
    expiresAt,
    run,
    isExpanded,
    expandedTo,
    waiting,
  };
  return {
    status,
    cursor,
    problem: problem && JSON.stringify(problem),
    webhookDelivery: webhookDelivery && JSON.stringify(webhookDelivery),
    ...counts,
  };
}

/** Returns the job of a row. */
export function fromJobRow(row: JobRow): Job {
  const { status, sources, outputs, deliver, priority, attributes, metadata, problem, ...others } = row;
  const { webhookDelivery, ...columns } = others;
  return {
    ...columns,
    status: status as JobStatus,
    sources: JSON.parse(sources),
    outputs: readOutputs(outputs),
    deliver: JSON.parse(deliver),
    priority: priority as JobPriority,
    attributes: JSON.parse(attributes),
    metadata: JSON.parse(metadata),
    problem: problem && JSON.parse(problem),
    webhookDelivery: webhookDelivery && JSON.parse(webhookDelivery),
  };
}

function readOutputs(json: string): readonly JobOutput[] {
  const outputs = JSON.parse(json) as readonly JobOutput[];
  return outputs.map((output) => ({ ...output, steps: presentSteps(output.steps) }));
}

/** Returns the columns for the outcome of an item. */
export function settledColumns({ results, problem }: SettledItem) {
  const status = problem ? "failed" : "succeeded";
  return { status, results: JSON.stringify(results), problem: problem && JSON.stringify(problem) };
}

/** Returns the item of a row. Items that still wait in an ended job are cancelled. */
export function fromItemRow(row: JobItemRow, { hasEnded }: { readonly hasEnded: boolean }): JobItem {
  const { place, source, status, results, problem } = row;
  return {
    place,
    source: JSON.parse(source),
    status: status === "queued" && hasEnded ? "cancelled" : (status as JobItemStatus),
    results: JSON.parse(results),
    problem: problem && JSON.parse(problem),
  };
}

/** Returns the stored status of the rows that the API shows with a status; `null` if there can be none. */
export function storedStatus(
  status: JobItemStatus,
  { hasEnded }: { readonly hasEnded: boolean },
): JobItemStatus | null {
  if (status === "queued") return hasEnded ? null : "queued";
  if (status === "cancelled") return hasEnded ? "queued" : null;
  return status;
}
