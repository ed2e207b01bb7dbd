import type { jobItems, jobs } from "../database/sqlite_schema.ts";
import { presentSteps } from "./former_steps.ts";
import type { Job, JobOutput, JobPriority, JobState } from "./job.ts";
import type { JobItem, JobItemState, SettledItem } from "./job_item.ts";

/** A job as the database holds it, but for its list of sources. Both dialects have the same rows. */
export type JobRow = Omit<typeof jobs.$inferSelect, "listed">;

/** An item as the database holds it. Both dialects have the same rows. */
export type JobItemRow = typeof jobItems.$inferSelect;

/** Gives the row of a job. */
export function toJobRow(job: Job): JobRow {
  const { sources, outputs, deliver, attributes, problem } = job;
  return {
    ...job,
    sources: JSON.stringify(sources),
    outputs: JSON.stringify(outputs),
    deliver: JSON.stringify(deliver),
    attributes: JSON.stringify(attributes),
    problem: problem && JSON.stringify(problem),
  };
}

/** Gives the columns that ever change. */
export function changingColumns(job: Job) {
  const { state, total, done, failed, problem, startedAt, finishedAt, expiresAt, run } = job;
  const { isExpanded, expandedTo, cursor, waiting } = job;
  const counts = {
    total,
    done,
    failed,
    startedAt,
    finishedAt,
    expiresAt,
    run,
    isExpanded,
    expandedTo,
    waiting,
  };
  return { state, cursor, problem: problem && JSON.stringify(problem), ...counts };
}

/** Gives the job of a row. */
export function fromJobRow(row: JobRow): Job {
  const { state, sources, outputs, deliver, priority, attributes, problem, ...columns } = row;
  return {
    ...columns,
    state: state as JobState,
    sources: JSON.parse(sources),
    outputs: readOutputs(outputs),
    deliver: JSON.parse(deliver),
    priority: priority as JobPriority,
    attributes: JSON.parse(attributes),
    problem: problem && JSON.parse(problem),
  };
}

function readOutputs(json: string): readonly JobOutput[] {
  const outputs = JSON.parse(json) as readonly JobOutput[];
  return outputs.map((output) => ({ ...output, steps: presentSteps(output.steps) }));
}

/** Gives the columns that say what became of an item. */
export function settledColumns({ results, problem }: SettledItem) {
  const state = problem ? "failed" : "done";
  return { state, results: JSON.stringify(results), problem: problem && JSON.stringify(problem) };
}

/** Gives the item of a row. Those that still wait in a job that has ended are cancelled. */
export function fromItemRow(row: JobItemRow, { hasEnded }: { readonly hasEnded: boolean }): JobItem {
  const { place, source, state, results, problem } = row;
  return {
    place,
    source: JSON.parse(source),
    state: state === "queued" && hasEnded ? "cancelled" : (state as JobItemState),
    results: JSON.parse(results),
    problem: problem && JSON.parse(problem),
  };
}

/** Gives the state under which rows are found that are shown in a state; `null` where there can be none. */
export function storedState(
  state: JobItemState,
  { hasEnded }: { readonly hasEnded: boolean },
): JobItemState | null {
  if (state === "queued") return hasEnded ? null : "queued";
  if (state === "cancelled") return hasEnded ? "queued" : null;
  return state;
}
