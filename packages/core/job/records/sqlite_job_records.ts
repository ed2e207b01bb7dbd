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
  isNotNull,
  isNull,
  lt,
  lte,
  sql,
  sum,
} from "drizzle-orm";
import type { RunOptions, SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { jobItems, jobs, stagedBlobs } from "../../database/sqlite/sqlite_schema.ts";
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
import {
  changingColumns,
  fromItemRow,
  fromJobRow,
  type JobItemRow,
  settledColumns,
  storedStatus,
  toJobRow,
} from "./job_row.ts";
import {
  change,
  insertItems,
  type JobTransaction,
  parts,
  removeItems,
  unstage,
} from "../../database/sqlite/sqlite_job_changes.ts";
import { checkWaiting, type WaitingLimits } from "../waiting_limits.ts";

const { listed: _listed, ...JOB_COLUMNS } = getTableColumns(jobs);

/** Work on a job that a power cut undoes is repeated, with the same result. */
const RELAXED = { isDurable: false } as const;

type Statements = ReturnType<typeof prepare>;

/** Options for {@linkcode SqliteJobRecords}. */
export interface SqliteJobRecordsOptions {
  /** @default {""} */
  readonly owner?: string;
  /** The prepared statements, which all owners share. */
  readonly statements?: Statements;
}

/** The records of jobs in SQLite. */
export class SqliteJobRecords implements JobRecords {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #owner: string;
  readonly #statements: Statements;

  constructor(
    database: SqliteDatabase,
    now: () => number = Date.now,
    { owner = "", statements = prepare(database) }: SqliteJobRecordsOptions = {},
  ) {
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
    this.#statements = statements;
  }

  of(owner: string): JobRecords {
    return new SqliteJobRecords(this.#database, this.#now, { owner, statements: this.#statements });
  }

  async add(job: Job, listed: readonly string[], options: AddJobOptions = {}): Promise<void> {
    const { staged = [], limits } = options;
    checkOwner(job, this.#owner);
    const row = { ...toJobRow(job), listed: listed.length > 0 ? JSON.stringify(listed) : null };
    const keys = staged.map((key) => ({ key, jobId: job.id }));
    await this.#transaction((transaction) => {
      if (limits) this.#checkWaiting(job, limits);
      transaction.insert(jobs).values(row).run();
      for (const part of parts(keys))
        transaction
          .insert(stagedBlobs)
          .values([...part])
          .run();
    });
  }

  async find(id: string): Promise<Job | null> {
    return await this.#database.run(() => this.#live(id));
  }

  async list({ limit, after, status }: JobListQuery): Promise<readonly Job[]> {
    const behind = after && sql`(${jobs.createdAt}, ${jobs.id}) < (${after.createdAt}, ${after.id})`;
    // The unary plus keeps SQLite from the index on expiry, which would lose the order of the page.
    const isLive = sql`(+${jobs.expiresAt} is null or +${jobs.expiresAt} > ${this.#now()})`;
    const withStatus = status === undefined ? undefined : eq(jobs.status, status);
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select(JOB_COLUMNS)
        .from(jobs)
        .where(and(eq(jobs.owner, this.#owner), withStatus, behind, isLive))
        .orderBy(desc(jobs.createdAt), desc(jobs.id))
        .limit(limit)
        .all(),
    );
    return rows.map(fromJobRow);
  }

  async listed(id: string, from: number, limit: number): Promise<readonly string[]> {
    const row = await this.#database.run(() =>
      this.#database.orm
        .select({ listed: jobs.listed })
        .from(jobs)
        .where(and(eq(jobs.id, id), eq(jobs.owner, this.#owner)))
        .get(),
    );
    const listed: readonly string[] = JSON.parse(row?.listed ?? "[]");
    return listed.slice(from, from + limit);
  }

  async addItems(id: string, batch: ItemBatch): Promise<Settlement | null> {
    return await this.#transaction((transaction) => {
      const before = this.#live(id);
      const job = before && withItems(before, batch, this.#now());
      if (!job) return null;
      insertItems(transaction, id, batch);
      const listed = job.isExpanded ? { listed: null } : {};
      transaction
        .update(jobs)
        .set({ ...changingColumns(job), ...listed })
        .where(eq(jobs.id, id))
        .run();
      return { job, settled: 0, hasEnded: isEnd(before, job) };
    }, RELAXED);
  }

  async items(id: string, query: ItemListQuery): Promise<readonly JobItem[]> {
    const job = await this.find(id);
    if (!job) return [];
    const end = { hasEnded: hasEnded(job) };
    const status = query.status && storedStatus(query.status, end);
    if (status === null) return [];
    const rows = await this.#database.run(() => this.#items(id, { ...query, status }));
    return rows.map((row) => fromItemRow(row, end));
  }

  async settle(id: string, items: readonly SettledItem[]): Promise<Settlement | null> {
    return await this.#transaction((transaction) => {
      const before = this.#live(id);
      if (!before) return null;
      const isNew = (item: SettledItem) =>
        this.#statements.settle.get({ id, place: item.place, ...settledColumns(item) }) !== undefined;
      const settled = items.filter(isNew);
      const job = withSettled(before, settled, this.#now());
      if (settled.length > 0) change(transaction, job);
      return { job, settled: settled.length, hasEnded: isEnd(before, job) };
    }, RELAXED);
  }

  async end(
    id: string,
    status: "cancelled" | "failed",
    problem: JobProblem | null,
  ): Promise<EndedJob | null> {
    return await this.#transaction((transaction) => {
      const before = this.#live(id);
      if (!before) return null;
      const job = withEnd(before, { status, problem, now: this.#now() });
      const columns = { ...changingColumns(job), listed: null };
      if (job !== before) transaction.update(jobs).set(columns).where(eq(jobs.id, id)).run();
      return { job, hasEnded: isEnd(before, job) };
    });
  }

  async retry(id: string, limits?: WaitingLimits): Promise<Job | null> {
    return await this.#transaction((transaction) => {
      const before = this.#live(id);
      const job = before && withRetry(before);
      if (!job || job === before) return job;
      if (limits) this.#checkWaiting({ waiting: job.failed }, limits);
      change(transaction, job);
      return job;
    });
  }

  async requeue(id: string, batch: RequeueBatch): Promise<Job | null> {
    return await this.#transaction((transaction) => {
      const before = this.#live(id);
      if (!before || !canRequeue(before, batch)) return null;
      const { from, limit } = batch;
      const failed = this.#items(id, { from, limit, status: "failed" });
      const places = failed.map(({ place }) => place);
      transaction
        .update(jobItems)
        .set({ status: "queued", problem: null })
        .where(and(eq(jobItems.jobId, id), inArray(jobItems.place, places)))
        .run();
      const job = withRequeued(before, batch, places, this.#now());
      change(transaction, job);
      return job;
    }, RELAXED);
  }

  async recordDelivery(id: string, run: number, webhookDelivery: WebhookDelivery | null): Promise<void> {
    await this.#transaction((transaction) => {
      const job = this.#live(id);
      if (job?.run === run) change(transaction, { ...job, webhookDelivery });
    });
  }

  async staged(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const stagedAmong = (part: readonly string[]) =>
      this.#database.orm
        .select({ key: stagedBlobs.key })
        .from(stagedBlobs)
        .innerJoin(jobs, eq(jobs.id, stagedBlobs.jobId))
        .where(and(inArray(stagedBlobs.key, [...part]), isNull(jobs.finishedAt)))
        .all();
    const rows = await this.#database.run(() => parts(keys).flatMap(stagedAmong));
    return new Set(rows.map(({ key }) => key));
  }

  async stalled(before: number, { after = "", limit }: StalledJobQuery): Promise<readonly Job[]> {
    const isQueued = and(isNull(jobs.finishedAt), eq(jobs.status, "queued"));
    // The unary plus keeps SQLite from the primary key, which has all jobs that have ended.
    const id = sql`+${jobs.id}`;
    const isStalled = and(isQueued, lt(jobs.createdAt, before), gt(id, after));
    const rows = await this.#database.run(() =>
      this.#database.orm.select(JOB_COLUMNS).from(jobs).where(isStalled).orderBy(asc(id)).limit(limit).all(),
    );
    return rows.map(fromJobRow);
  }

  async scan(after: string | null, limit: number): Promise<readonly Job[]> {
    const isLive = sql`(+${jobs.expiresAt} is null or +${jobs.expiresAt} > ${this.#now()})`;
    const isBehind = gt(jobs.id, after ?? "");
    const rows = await this.#database.run(() =>
      this.#database.orm
        .select(JOB_COLUMNS)
        .from(jobs)
        .where(and(isBehind, isLive))
        .orderBy(asc(jobs.id))
        .limit(limit)
        .all(),
    );
    return rows.map(fromJobRow);
  }

  async count(): Promise<number> {
    const isLive = sql`(+${jobs.expiresAt} is null or +${jobs.expiresAt} > ${this.#now()})`;
    return await this.#database.run(() => {
      const { orm } = this.#database;
      const isOwn = and(eq(jobs.owner, this.#owner), isLive);
      return orm.select({ jobs: count() }).from(jobs).where(isOwn).get()?.jobs ?? 0;
    });
  }

  /** Durable, and with it all earlier changes: a power cut cannot bring back a job whose staged bytes are removed. */
  async unstage(id: string): Promise<readonly string[]> {
    return await this.#transaction((transaction) => {
      const job = this.#live(id);
      return job && hasEnded(job) ? unstage(transaction, id) : [];
    });
  }

  async expire(id: string): Promise<Job | null> {
    return await this.#transaction((transaction) => {
      const job = this.#live(id);
      if (job && hasEnded(job)) change(transaction, { ...job, expiresAt: this.#now() });
      return job;
    });
  }

  async removeExpired(limit: number): Promise<number> {
    return await this.#transaction((transaction) => {
      let removed = 0;
      const expired = transaction
        .select({ id: jobs.id })
        .from(jobs)
        .where(and(isNotNull(jobs.expiresAt), lte(jobs.expiresAt, this.#now())))
        .limit(limit)
        .all();
      for (const { id } of expired) {
        removed += removeItems(transaction, id, limit - removed);
        if (removed >= limit) break;
        unstage(transaction, id);
        transaction.delete(jobs).where(eq(jobs.id, id)).run();
        removed++;
      }
      return removed;
    }, RELAXED);
  }

  #items(id: string, { limit, from = 0, before, status }: ItemListQuery): readonly JobItemRow[] {
    const ofJob = eq(jobItems.jobId, id);
    // Without the hint, SQLite may scan all items with other statuses.
    const withStatus = status === undefined ? undefined : sql`unlikely(${eq(jobItems.status, status)})`;
    const beginning = gte(jobItems.place, from);
    const ending = before === undefined ? undefined : lt(jobItems.place, before);
    return this.#database.orm
      .select()
      .from(jobItems)
      .where(and(ofJob, withStatus, beginning, ending))
      .orderBy(asc(jobItems.place))
      .limit(limit)
      .all();
  }

  #checkWaiting(job: Pick<Job, "waiting">, limits: WaitingLimits): void {
    const counts = this.#database.orm
      .select({ jobs: count(), items: sum(jobs.waiting).mapWith(Number) })
      .from(jobs)
      .where(and(eq(jobs.owner, this.#owner), isNull(jobs.finishedAt)))
      .get();
    checkWaiting(job, { jobs: counts?.jobs ?? 0, items: counts?.items ?? 0 }, limits);
  }

  #live(id: string): Job | null {
    const row = this.#statements.find.get({ id, owner: this.#owner });
    const isLive = row && (row.expiresAt === null || row.expiresAt > this.#now());
    return isLive ? fromJobRow(row) : null;
  }

  #transaction<T>(work: (transaction: JobTransaction) => T, options: RunOptions = {}): Promise<T> {
    return this.#database.run(() => this.#database.orm.transaction(work, { behavior: "immediate" }), options);
  }
}

function prepare({ orm }: SqliteDatabase) {
  const { placeholder } = sql;
  const given = (name: string) => sql`${placeholder(name)}`;
  return {
    find: orm
      .select(JOB_COLUMNS)
      .from(jobs)
      .where(and(eq(jobs.id, placeholder("id")), eq(jobs.owner, placeholder("owner"))))
      .prepare(),
    settle: orm
      .update(jobItems)
      .set({ status: given("status"), results: given("results"), problem: given("problem") })
      .where(
        and(
          eq(jobItems.jobId, placeholder("id")),
          eq(jobItems.place, placeholder("place")),
          eq(jobItems.status, "queued"),
        ),
      )
      .returning({ place: jobItems.place })
      .prepare(),
  };
}
