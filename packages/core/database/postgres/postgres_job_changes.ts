import { and, between, eq, inArray, sql } from "drizzle-orm";
import type { PostgresTransaction } from "./postgres_database.ts";
import { jobItems, jobs, stagedBlobs } from "./postgres_schema.ts";
import type { Job } from "../../job/job.ts";
import type { SettledItem } from "../../job/job_item.ts";
import type { ItemBatch } from "../../job/records/job_records.ts";
import { changingColumns, settledColumns } from "../../job/records/job_row.ts";

/** Adds items. The text of the statement does not depend on their number, so it is parsed once. */
export async function insertItems(
  transaction: PostgresTransaction,
  jobId: string,
  { from, sources }: ItemBatch,
): Promise<void> {
  const texts = JSON.stringify(sources.map((source) => JSON.stringify(source)));
  const rows = sql`select ${jobId}, ${from} + place - 1, source, 'queued', '[]', null
    from json_array_elements_text(${texts}::text::json) with ordinality as sources(source, place)`;
  await transaction.insert(jobItems).select(rows);
}

/** Settles items that are queued, and returns their places. */
export async function settle(
  transaction: PostgresTransaction,
  id: string,
  items: readonly SettledItem[],
): Promise<Set<number>> {
  if (items.length === 0) return new Set();
  // If an item occurs twice, the first one counts.
  const single = new Map(items.toReversed().map((item) => [item.place, item]));
  const rows = [...single.values()].map((item) => ({ place: item.place, ...settledColumns(item) }));
  const settled = sql`json_to_recordset(${JSON.stringify(rows)}::text::json)
    as settled(place integer, status text, results text, problem text)`;
  // The places are adjacent, so within their bounds every plan reads few other rows.
  const places = rows.map(({ place }) => place);
  const updated = await transaction
    .update(jobItems)
    .set({ status: sql`settled.status`, results: sql`settled.results`, problem: sql`settled.problem` })
    .from(settled)
    .where(
      and(
        eq(jobItems.jobId, id),
        eq(jobItems.status, "queued"),
        between(jobItems.place, Math.min(...places), Math.max(...places)),
        sql`${jobItems.place} = settled.place`,
      ),
    )
    .returning({ place: jobItems.place });
  return new Set(updated.map(({ place }) => place));
}

/** Removes items of a job, and returns their number. */
export async function removeItems(
  transaction: PostgresTransaction,
  id: string,
  limit: number,
): Promise<number> {
  const ofJob = eq(jobItems.jobId, id);
  const places = transaction.select({ place: jobItems.place }).from(jobItems).where(ofJob).limit(limit);
  const removed = await transaction
    .delete(jobItems)
    .where(and(ofJob, inArray(jobItems.place, places)))
    .returning({ place: jobItems.place });
  return removed.length;
}

/** Removes the records of the bytes that were staged for a job, and returns their keys. */
export async function unstage(transaction: PostgresTransaction, id: string): Promise<readonly string[]> {
  const ofJob = eq(stagedBlobs.jobId, id);
  const unstaged = await transaction.delete(stagedBlobs).where(ofJob).returning({ key: stagedBlobs.key });
  return unstaged.map(({ key }) => key);
}

/** Writes what can change of a job. */
export async function update(
  transaction: PostgresTransaction,
  job: Job,
  columns: { readonly listed?: null } = {},
): Promise<void> {
  await transaction
    .update(jobs)
    .set({ ...changingColumns(job), ...columns })
    .where(eq(jobs.id, job.id));
}
