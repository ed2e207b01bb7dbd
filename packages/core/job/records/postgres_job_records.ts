import {
  and,
  asc,
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
import { hasEnded, type Job, type WebhookDelivery } from "../job.ts";
import {
  canRequeue,
  checkOwner,
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
  StalledJobQuery,
} from "./job_records.ts";
import { fromItemRow, fromJobRow, storedStatus, toJobRow } from "./job_row.ts";
import {
  insertItems,
  removeItems,
  settle,
  unstage,
  update,
} from "../../database/postgres/postgres_job_changes.ts";
import { checkWaiting, type WaitingLimits } from "../waiting_limits.ts";

const { listed: _listed, ...JOB_COLUMNS } = getTableColumns(jobs);

/** The advisory lock for creating jobs, so that each creation counts the others. The number is arbitrary. */
const BEGIN_LOCK = 5_204_112_637_982;

type FindStatement = ReturnType<typeof prepareFind>;

/** Options for {@linkcode PostgresJobRecords}. */
export interface PostgresJobRecordsOptions {
  /** @default {""} */
  readonly owner?: string;
  /** The clock, which all owners share. */
  readonly time?: PostgresTime;
  /** The prepared statement, which all owners share. */
  readonly find?: FindStatement;
}

/**
 * The records of jobs in Postgres. Each change of a job or its items locks the row of the job until the change is done. When several nodes
 * settle items of one job, each sees the counts of the others and exactly one of them ends the job.
 */
export class PostgresJobRecords implements JobRecords {
  readonly #database: PostgresDatabase;
  readonly #time: PostgresTime;
  readonly #owner: string;
  readonly #find: FindStatement;

  /** @param now A clock to use instead of the clock of the database */
  constructor(
    database: PostgresDatabase,
    now?: () => number,
    { owner = "", time, find }: PostgresJobRecordsOptions = {},
  ) {
    this.#database = database;
    this.#time = time ?? timeOf(database, now);
    this.#owner = owner;
    this.#find = find ?? prepareFind(database);
  }

  of(owner: string): JobRecords {
    const shared = { time: this.#time, find: this.#find };
    return new PostgresJobRecords(this.#database, undefined, { owner, ...shared });
  }

  async add(job: Job, listed: readonly string[], options: AddJobOptions = {}): Promise<void> {
    const { staged = [], limits } = options;
    checkOwner(job, this.#owner);
    const row = { ...toJobRow(job), listed: listed.length > 0 ? JSON.stringify(listed) : null };
    await this.#database.transaction(async (transaction) => {
      if (limits) await this.#checkWaiting(job, limits, transaction);
      await transaction.insert(jobs).values(row);
      if (staged.length > 0)
        await transaction.insert(stagedBlobs).values(staged.map((key) => ({ key, jobId: job.id })));
    });
  }

  async find(id: string): Promise<Job | null> {
    return this.#live(await this.#database.read(() => this.#find.execute({ id, owner: this.#owner })));
  }

  async list({ limit, after, status }: JobListQuery): Promise<readonly Job[]> {
    const behind = after && sql`(${jobs.createdAt}, ${jobs.id}) < (${after.createdAt}, ${after.id})`;
    const withStatus = status === undefined ? undefined : eq(jobs.status, status);
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select(JOB_COLUMNS)
        .from(jobs)
        .where(and(eq(jobs.owner, this.#owner), withStatus, behind, this.#isLive()))
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
        .where(and(this.#isOwn(id), sql`place > ${from}`, sql`place <= ${from + limit}`))
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

  async stalled(before: number, { after = "", limit }: StalledJobQuery): Promise<readonly Job[]> {
    const isQueued = and(isNull(jobs.finishedAt), eq(jobs.status, "queued"));
    const isStalled = and(isQueued, lt(jobs.createdAt, before), gt(jobs.id, after));
    const rows = await this.#database.read(() =>
      this.#database.orm.select(JOB_COLUMNS).from(jobs).where(isStalled).orderBy(asc(jobs.id)).limit(limit),
    );
    return rows.map(fromJobRow);
  }

  async scan(after: string | null, limit: number): Promise<readonly Job[]> {
    const rows = await this.#database.read(() =>
      this.#database.orm
        .select(JOB_COLUMNS)
        .from(jobs)
        .where(and(gt(jobs.id, after ?? ""), this.#isLive()))
        .orderBy(asc(jobs.id))
        .limit(limit),
    );
    return rows.map(fromJobRow);
  }

  async count(): Promise<number> {
    const isOwn = and(eq(jobs.owner, this.#owner), this.#isLive());
    const [row] = await this.#database.read(() =>
      this.#database.orm.select({ jobs: count() }).from(jobs).where(isOwn),
    );
    return row?.jobs ?? 0;
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
      .where(and(eq(jobs.owner, this.#owner), isNull(jobs.finishedAt)));
    checkWaiting(job, { jobs: counts?.jobs ?? 0, items: counts?.items ?? 0 }, limits);
  }

  /** Changes a job while its row is locked. */
  async #change<T>(
    id: string,
    change: (before: Job, transaction: PostgresTransaction) => Promise<T>,
  ): Promise<T | null> {
    return await this.#database.transaction(async (transaction) => {
      const held = await transaction.select(JOB_COLUMNS).from(jobs).where(this.#isOwn(id)).for("update");
      const before = this.#live(held);
      return before && (await change(before, transaction));
    });
  }

  #isOwn(id: string) {
    return and(eq(jobs.id, id), eq(jobs.owner, this.#owner));
  }

  #isLive() {
    return or(isNull(jobs.expiresAt), gt(jobs.expiresAt, this.#time.now()));
  }

  #live([row]: readonly JobRow[]): Job | null {
    const isLive = row && (row.expiresAt === null || row.expiresAt > this.#time.now());
    return isLive ? fromJobRow(row) : null;
  }
}

function prepareFind({ orm }: PostgresDatabase) {
  const { placeholder } = sql;
  const isOwn = and(eq(jobs.id, placeholder("id")), eq(jobs.owner, placeholder("owner")));
  return orm.select(JOB_COLUMNS).from(jobs).where(isOwn).prepare("find_job");
}

type JobRow = Parameters<typeof fromJobRow>[0];
