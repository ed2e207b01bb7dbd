import { and, eq, inArray } from "drizzle-orm";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { jobItems, jobs, stagedBlobs } from "./sqlite_schema.ts";
import type { Job } from "../../job/job.ts";
import type { ItemSource } from "../../job/job_item.ts";
import type { ItemBatch } from "../../job/records/job_records.ts";
import { changingColumns } from "../../job/records/job_row.ts";

/** Rows per statement, as SQLite allows 32,766 values. */
const ROWS_AT_A_TIME = 500;

/** A transaction on the records of jobs. */
export type JobTransaction = Parameters<Parameters<SqliteDatabase["orm"]["transaction"]>[0]>[0];

/** Adds a batch of items to a job. */
export function insertItems(transaction: JobTransaction, jobId: string, { from, sources }: ItemBatch): void {
  const row = (source: ItemSource, index: number) => ({
    jobId,
    place: from + index,
    source: JSON.stringify(source),
    status: "queued",
    results: "[]",
    problem: null,
  });
  for (const part of parts(sources.map(row)))
    transaction
      .insert(jobItems)
      .values([...part])
      .run();
}

/** Removes items of a job, and returns their number. */
export function removeItems(transaction: JobTransaction, id: string, limit: number): number {
  const places = transaction
    .select({ place: jobItems.place })
    .from(jobItems)
    .where(eq(jobItems.jobId, id))
    .limit(limit);
  return transaction
    .delete(jobItems)
    .where(and(eq(jobItems.jobId, id), inArray(jobItems.place, places)))
    .returning({ place: jobItems.place })
    .all().length;
}

/** Removes the records of the bytes that were staged for a job, and returns their keys. */
export function unstage(transaction: JobTransaction, id: string): readonly string[] {
  const ofJob = eq(stagedBlobs.jobId, id);
  const unstaged = transaction.delete(stagedBlobs).where(ofJob).returning({ key: stagedBlobs.key }).all();
  return unstaged.map(({ key }) => key);
}

/** Splits rows into parts for one statement each. */
export function parts<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(rows.length / ROWS_AT_A_TIME);
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * ROWS_AT_A_TIME, (index + 1) * ROWS_AT_A_TIME),
  );
}

/** Writes what can change of a job. */
export function change(transaction: JobTransaction, job: Job): void {
  transaction.update(jobs).set(changingColumns(job)).where(eq(jobs.id, job.id)).run();
}
