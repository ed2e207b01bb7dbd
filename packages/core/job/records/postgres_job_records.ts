import {
  and,
  asc,
  between,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNull,
  lt,
  lte,
  or,
  sql,
  sum,
} from "drizzle-orm";
import { constant } from "../../database/postgres/postgres_constant.ts";
import { type PostgresTime, timeOf } from "../../database/postgres/postgres_clock.ts";
import type { PostgresDatabase, PostgresTransaction } from "../../database/postgres/postgres_database.ts";
import { jobItems, jobs, stagedBlobs } from "../../database/postgres/postgres_schema.ts";
import { OWNER } from "../../image/catalog/catalog_constants.ts";
import { hasEnded, type Job, type WebhookDelivery } from "../job.ts";
import {
  canRequeue,
  isEnd,
  withEnd,
  withItems,
  withRequeued,
  withRetry,
  withSettled,
} from "./job_changes.ts";
import type { JobItem, SettledItem } from "../job_item.ts";
import type { JobProblem } from "../job_problem.ts";
import type {
  AddJobOptions,
  EndedJob,
  ItemBatch,
  ItemListQuery,
  JobListQuery,
  JobRecords,
  RequeueBatch,
  Settlement,
} from "./job_records.ts";
import {
  changingColumns,
  fromItemRow,
  fromJobRow,
  settledColumns,
  storedStatus,
  toJobRow,
} from "./job_row.ts";
import { checkWaiting, type WaitingLimits } from "../waiting_limits.ts";

const { listed: _listed, ...JOB_COLUMNS } = getTableColumns(jobs);

/** The advisory lock for creating jobs, so that each creation counts the others. The number is arbitrary. */
const BEGIN_LOCK = 5_204_112_637_982;

/**
 * The records of jobs in Postgres. Each change of a job or its items locks the row of the job until the change is done. When several nodes
 * settle items of one job, each sees the counts of the others and exactly one of them ends the job.
 */
export class PostgresJobRecords implements JobRecords {
  readonly #database: PostgresDatabase;
  readonly #time: PostgresTime;
  readonly #find;

  /** @param now A clock to use instead of the clock of the database */
  constructor(database: PostgresDatabase, now?: () => number) {
    this.#database = database;
    this.#time = timeOf(database, now);
    this.#find = database.orm
      .select(JOB_COLUMNS)
      .from(jobs)
      .where(eq(jobs.id, sql.placeholder("id")))
      .prepare("find_job");
  }

  async add(job: Job, listed: readonly string[], options: AddJobOptions = {}): Promise<void> {
    const { staged = [], limits } = options;
    const row = { ...toJobRow(job), listed: listed.length > 0 ? JSON.stringify(listed) : null };
    await this.#database.transaction(async (transaction) => {
      if (limits) await this.#checkWaiting(job, limits, transaction);
      await transaction.insert(jobs).values(row);
      if (staged.length > 0)
        await transaction.insert(stagedBlobs).values(staged.map((key) => ({ key, jobId: job.id })));
    });
  }

  async find(id: string): Promise<Job | null> {
    return this.#live(await this.#database.read(() => this.#find.execute({ id })));
  }

  async list({ limit, after, status }: JobListQuery): Promise<readonly Job[]> {
    const behind = after && sql`(${jobs.createdAt}, ${jobs.id}) < (${after.createdAt}, ${after.id})`;
    const isLive = or(isNull(jobs.expiresAt), gt(jobs.expiresAt, this.#time.now()));
    const withStatus = status === undefined ? undefined : eq(jobs.status, status);
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select(JOB_COLUMNS)
        .from(jobs)
        .where(and(eq(jobs.owner, OWNER), withStatus, behind, isLive))
        .orderBy(desc(jobs.createdAt), desc(jobs.id))
        .limit(limit),
    );
    return rows.map(fromJobRow);
  }

  async listed(id: string, from: number, limit: number): Promise<readonly string[]> {
    // Kept as JSON, as an entry may contain characters that Postgres text cannot.
    const entries = sql`json_array_elements(${jobs.listed}::json) with ordinality as entries(entry, place)`;
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select({ entry: sql<string>`entry::text` })
        .from(jobs)
        .innerJoin(entries, sql`true`)
        .where(and(eq(jobs.id, id), sql`place > ${from}`, sql`place <= ${from + limit}`))
        .orderBy(sql`place`),
    );
    return rows.map(({ entry }) => JSON.parse(entry));
  }

  async addItems(id: string, batch: ItemBatch): Promise<Settlement | null> {
    return await this.#change(id, async (before, transaction) => {
      const job = withItems(before, batch, this.#time.now());
      if (!job) return null;
      if (batch.sources.length > 0) await insertItems(transaction, id, batch);
      await update(transaction, job, job.isExpanded ? { listed: null } : {});
      return { job, settled: 0, hasEnded: isEnd(before, job) };
    });
  }

  async items(id: string, query: ItemListQuery): Promise<readonly JobItem[]> {
    const job = await this.find(id);
    if (!job) return [];
    const end = { hasEnded: hasEnded(job) };
    const status = query.status && storedStatus(query.status, end);
    if (status === null) return [];
    const rows = await this.#database.read(() => this.#items(id, { ...query, status }));
    return rows.map((row) => fromItemRow(row, end));
  }

  async settle(id: string, items: readonly SettledItem[]): Promise<Settlement | null> {
    return await this.#change(id, async (before, transaction) => {
      const places = await settle(transaction, id, items);
      const settled = items.filter(({ place }) => places.delete(place));
      const job = withSettled(before, settled, this.#time.now());
      if (settled.length > 0) await update(transaction, job);
      return { job, settled: settled.length, hasEnded: isEnd(before, job) };
    });
  }

  async end(
    id: string,
    status: "cancelled" | "failed",
    problem: JobProblem | null,
  ): Promise<EndedJob | null> {
    return await this.#change(id, async (before, transaction) => {
      const job = withEnd(before, { status, problem, now: this.#time.now() });
      if (job !== before) await update(transaction, job, { listed: null });
      return { job, hasEnded: isEnd(before, job) };
    });
  }

  async retry(id: string, limits?: WaitingLimits): Promise<Job | null> {
    return await this.#change(id, async (before, transaction) => {
      const job = withRetry(before);
      if (job === before) return job;
      if (limits) await this.#checkWaiting({ waiting: job.failed }, limits, transaction);
      await update(transaction, job);
      return job;
    });
  }

  async requeue(id: string, batch: RequeueBatch): Promise<Job | null> {
    return await this.#change(id, async (before, transaction) => {
      if (!canRequeue(before, batch)) return null;
      const { from, limit } = batch;
      const failed = this.#items(id, { from, limit, status: "failed" }).as("failed");
      const requeued = await transaction
        .update(jobItems)
        .set({ status: "queued", problem: null })
        .from(failed)
        .where(and(eq(jobItems.jobId, id), eq(jobItems.place, failed.place)))
        .returning({ place: jobItems.place });
      const places = requeued.map(({ place }) => place).toSorted((one, other) => one - other);
      const job = withRequeued(before, batch, places, this.#time.now());
      await update(transaction, job);
      return job;
    });
  }

  async recordDelivery(id: string, run: number, webhookDelivery: WebhookDelivery | null): Promise<void> {
    await this.#change(id, async (job, transaction) => {
      if (job.run === run) await update(transaction, { ...job, webhookDelivery });
    });
  }

  async staged(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select({ key: stagedBlobs.key })
        .from(stagedBlobs)
        .innerJoin(jobs, eq(jobs.id, stagedBlobs.jobId))
        .where(and(inArray(stagedBlobs.key, [...keys]), isNull(jobs.finishedAt))),
    );
    return new Set(rows.map(({ key }) => key));
  }

  async unstage(id: string): Promise<readonly string[]> {
    const unstaged = await this.#change(id, async (job, transaction) =>
      hasEnded(job) ? await unstage(transaction, id) : [],
    );
    return unstaged ?? [];
  }

  async expire(id: string): Promise<Job | null> {
    return await this.#change(id, async (job, transaction) => {
      if (hasEnded(job)) await update(transaction, { ...job, expiresAt: this.#time.now() });
      return job;
    });
  }

  async removeExpired(limit: number): Promise<number> {
    return await this.#database.transaction(async (transaction) => {
      let removed = 0;
      // Rows that another process has locked are skipped; the next round takes them.
      const expired = await transaction
        .select({ id: jobs.id })
        .from(jobs)
        .where(lte(jobs.expiresAt, this.#time.exact()))
        .limit(limit)
        .for("update", { skipLocked: true });
      for (const { id } of expired) {
        removed += await removeItems(transaction, id, limit - removed);
        if (removed >= limit) break;
        await unstage(transaction, id);
        await transaction.delete(jobs).where(eq(jobs.id, id));
        removed++;
      }
      return removed;
    });
  }

  #items(id: string, { limit, from = 0, before, status }: ItemListQuery) {
    const withStatus = status === undefined ? undefined : eq(jobItems.status, status);
    const ending = before === undefined ? undefined : lt(jobItems.place, before);
    return this.#database.orm
      .select()
      .from(jobItems)
      .where(and(eq(jobItems.jobId, id), withStatus, gte(jobItems.place, from), ending))
      .orderBy(asc(jobItems.place))
      .limit(limit);
  }

  /** Waits for concurrent creations of jobs, so that they are counted. */
  async #checkWaiting(
    job: Pick<Job, "waiting">,
    limits: WaitingLimits,
    transaction: PostgresTransaction,
  ): Promise<void> {
    await transaction.execute(sql`select pg_advisory_xact_lock(${constant(BEGIN_LOCK)})`);
    const [counts] = await transaction
      .select({ jobs: count(), items: sum(jobs.waiting).mapWith(Number) })
      .from(jobs)
      .where(and(eq(jobs.owner, OWNER), isNull(jobs.finishedAt)));
    checkWaiting(job, { jobs: counts?.jobs ?? 0, items: counts?.items ?? 0 }, limits);
  }

  /** Changes a job while its row is locked. */
  async #change<T>(
    id: string,
    change: (before: Job, transaction: PostgresTransaction) => Promise<T>,
  ): Promise<T | null> {
    return await this.#database.transaction(async (transaction) => {
      const held = await transaction.select(JOB_COLUMNS).from(jobs).where(eq(jobs.id, id)).for("update");
      const before = this.#live(held);
      return before && (await change(before, transaction));
    });
  }

  #live([row]: readonly JobRow[]): Job | null {
    const isLive = row && (row.expiresAt === null || row.expiresAt > this.#time.now());
    return isLive ? fromJobRow(row) : null;
  }
}

type JobRow = Parameters<typeof fromJobRow>[0];

/** Adds items. The text of the statement does not depend on their number, so it is parsed once. */
async function insertItems(
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
async function settle(
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
async function removeItems(transaction: PostgresTransaction, id: string, limit: number): Promise<number> {
  const ofJob = eq(jobItems.jobId, id);
  const places = transaction.select({ place: jobItems.place }).from(jobItems).where(ofJob).limit(limit);
  const removed = await transaction
    .delete(jobItems)
    .where(and(ofJob, inArray(jobItems.place, places)))
    .returning({ place: jobItems.place });
  return removed.length;
}

async function unstage(transaction: PostgresTransaction, id: string): Promise<readonly string[]> {
  const ofJob = eq(stagedBlobs.jobId, id);
  const unstaged = await transaction.delete(stagedBlobs).where(ofJob).returning({ key: stagedBlobs.key });
  return unstaged.map(({ key }) => key);
}

async function update(
  transaction: PostgresTransaction,
  job: Job,
  columns: { readonly listed?: null } = {},
): Promise<void> {
  await transaction
    .update(jobs)
    .set({ ...changingColumns(job), ...columns })
    .where(eq(jobs.id, job.id));
}
