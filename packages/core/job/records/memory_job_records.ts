import type { MemoryTables } from "../../database/memory_tables.ts";
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
import { checkWaiting, type WaitingCounts, type WaitingLimits } from "../waiting_limits.ts";

/** The records of jobs in memory. */
export class MemoryJobRecords implements JobRecords {
  readonly #tables: MemoryTables;
  readonly #now: () => number;
  readonly #owner: string;

  constructor(tables: MemoryTables, now: () => number = Date.now, owner = "") {
    this.#tables = tables;
    this.#now = now;
    this.#owner = owner;
  }

  of(owner: string): JobRecords {
    return new MemoryJobRecords(this.#tables, this.#now, owner);
  }

  async add(job: Job, listed: readonly string[], options: AddJobOptions = {}): Promise<void> {
    const { staged = [], limits } = options;
    checkOwner(job, this.#owner);
    if (this.#tables.jobs.has(job.id)) throw new Error("Cannot add job: there is one with its id");
    if (limits) checkWaiting(job, this.#waiting(), limits);
    this.#tables.jobs.set(job.id, { job, listed, items: [] });
    for (const key of staged) this.#tables.stagedBlobs.set(key, job.id);
  }

  async find(id: string): Promise<Job | null> {
    return this.#live(id)?.job ?? null;
  }

  async list({ limit, after, status }: JobListQuery): Promise<readonly Job[]> {
    const isBehind = (job: Job) => !after || compareJobs(after, job) < 0;
    return [...this.#tables.jobs.keys()]
      .flatMap((id) => this.#live(id)?.job ?? [])
      .filter((job) => isBehind(job) && (status === undefined || job.status === status))
      .sort(compareJobs)
      .slice(0, limit);
  }

  async listed(id: string, from: number, limit: number): Promise<readonly string[]> {
    return this.#live(id)?.listed.slice(from, from + limit) ?? [];
  }

  async addItems(id: string, batch: ItemBatch): Promise<Settlement | null> {
    const row = this.#live(id);
    const job = row && withItems(row.job, batch, this.#now());
    if (!row || !job) return null;
    const hasEnded = isEnd(row.job, job);
    for (const [index, source] of batch.sources.entries())
      row.items.push({ place: batch.from + index, source, status: "queued", results: [], problem: null });
    if (job.isExpanded) row.listed = [];
    row.job = job;
    return { job, settled: 0, hasEnded };
  }

  async items(id: string, query: ItemListQuery): Promise<readonly JobItem[]> {
    const { limit, from = 0, before = Number.POSITIVE_INFINITY, status } = query;
    const row = this.#live(id);
    if (!row) return [];
    return row.items
      .map((item) =>
        item.status === "queued" && hasEnded(row.job) ? { ...item, status: "cancelled" as const } : item,
      )
      .filter(({ place }) => place >= from && place < before)
      .filter((item) => status === undefined || item.status === status)
      .slice(0, limit);
  }

  async settle(id: string, items: readonly SettledItem[]): Promise<Settlement | null> {
    const row = this.#live(id);
    if (!row) return null;
    const before = row.job;
    const settled = items.filter((item) => this.#settleOne(row.items, item));
    row.job = withSettled(before, settled, this.#now());
    return { job: row.job, settled: settled.length, hasEnded: isEnd(before, row.job) };
  }

  async end(
    id: string,
    status: "cancelled" | "failed",
    problem: JobProblem | null,
  ): Promise<EndedJob | null> {
    const row = this.#live(id);
    if (!row) return null;
    const before = row.job;
    row.job = withEnd(before, { status, problem, now: this.#now() });
    row.listed = [];
    return { job: row.job, hasEnded: isEnd(before, row.job) };
  }

  async retry(id: string, limits?: WaitingLimits): Promise<Job | null> {
    const row = this.#live(id);
    if (!row) return null;
    const again = withRetry(row.job);
    if (limits && again !== row.job) checkWaiting({ waiting: again.failed }, this.#waiting(), limits);
    row.job = again;
    return row.job;
  }

  async requeue(id: string, batch: RequeueBatch): Promise<Job | null> {
    const row = this.#live(id);
    if (!row || !canRequeue(row.job, batch)) return null;
    const places = row.items
      .filter(({ place, status }) => place >= batch.from && status === "failed")
      .slice(0, batch.limit)
      .map(({ place }) => place);
    for (const place of places) {
      const item = row.items[place];
      if (item) row.items[place] = { ...item, status: "queued", problem: null };
    }
    row.job = withRequeued(row.job, batch, places, this.#now());
    return row.job;
  }

  async recordDelivery(id: string, run: number, webhookDelivery: WebhookDelivery | null): Promise<void> {
    const row = this.#live(id);
    if (row?.job.run === run) row.job = { ...row.job, webhookDelivery };
  }

  async staged(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const { jobs, stagedBlobs } = this.#tables;
    const isNeeded = (key: string) => {
      const row = jobs.get(stagedBlobs.get(key) ?? "");
      return row !== undefined && !hasEnded(row.job);
    };
    return new Set(keys.filter(isNeeded));
  }

  async stalled(before: number, { after = "", limit }: StalledJobQuery): Promise<readonly Job[]> {
    const isStalled = ({ status, createdAt }: Job) => status === "queued" && createdAt < before;
    return this.#all()
      .filter((job) => isStalled(job) && job.id > after)
      .toSorted(byId)
      .slice(0, limit);
  }

  async scan(after: string | null, limit: number): Promise<readonly Job[]> {
    return this.#all()
      .filter(({ id }) => after === null || id > after)
      .toSorted(byId)
      .slice(0, limit);
  }

  async count(): Promise<number> {
    return this.#all().filter(({ owner }) => owner === this.#owner).length;
  }

  async unstage(id: string): Promise<readonly string[]> {
    const row = this.#live(id);
    return row && hasEnded(row.job) ? this.#strikeOff(id) : [];
  }

  async expire(id: string): Promise<Job | null> {
    const job = this.#live(id)?.job ?? null;
    const row = this.#tables.jobs.get(id);
    if (row && job && hasEnded(job)) row.job = { ...job, expiresAt: this.#now() };
    return job;
  }

  async removeExpired(limit: number): Promise<number> {
    let removed = 0;
    for (const [id, { job, items }] of this.#tables.jobs) {
      if (!this.#hasExpired(job)) continue;
      removed += items.splice(0, limit - removed).length;
      if (removed >= limit) break;
      this.#strikeOff(id);
      this.#tables.jobs.delete(id);
      removed++;
    }
    return removed;
  }

  #all(): readonly Job[] {
    return [...this.#tables.jobs.values()].map(({ job }) => job).filter((job) => !this.#hasExpired(job));
  }

  #waiting(): WaitingCounts {
    const own = [...this.#tables.jobs.values()].filter(({ job }) => job.owner === this.#owner);
    const waiting = own.filter(({ job }) => !hasEnded(job));
    return { jobs: waiting.length, items: waiting.reduce((sum, { job }) => sum + job.waiting, 0) };
  }

  #strikeOff(id: string): readonly string[] {
    const { stagedBlobs } = this.#tables;
    const keys = [...stagedBlobs].flatMap(([key, jobId]) => (jobId === id ? [key] : []));
    for (const key of keys) stagedBlobs.delete(key);
    return keys;
  }

  #settleOne(items: JobItem[], { place, results, problem }: SettledItem): boolean {
    const item = items[place];
    if (item?.status !== "queued") return false;
    items[place] = { ...item, status: problem ? "failed" : "succeeded", results, problem };
    return true;
  }

  #live(id: string) {
    const row = this.#tables.jobs.get(id);
    return row?.job.owner === this.#owner && !this.#hasExpired(row.job) ? row : null;
  }

  #hasExpired({ expiresAt }: Job): boolean {
    return expiresAt !== null && expiresAt <= this.#now();
  }
}

function byId(one: Job, other: Job): number {
  return one.id < other.id ? -1 : 1;
}

/** Sorts the newest job first. */
function compareJobs(one: Pick<Job, "createdAt" | "id">, other: Pick<Job, "createdAt" | "id">): number {
  return other.createdAt - one.createdAt || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}
