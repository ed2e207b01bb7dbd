import type { Job, JobStatus, WebhookDelivery } from "../job.ts";
import type { ItemSource, JobItem, JobItemStatus, SettledItem } from "../job_item.ts";
import type { JobProblem } from "../job_problem.ts";
import type { WaitingLimits } from "../waiting_limits.ts";

/** A query for jobs, newest first. */
export interface JobListQuery {
  readonly limit: number;
  /** Only jobs after this one in the listing. */
  readonly after?: { readonly createdAt: number; readonly id: string };
  readonly status?: JobStatus;
}

/** A query for items, ordered by place. */
export interface ItemListQuery {
  readonly limit: number;
  /** The first place. @default {0} */
  readonly from?: number;
  /** Only items before this place. */
  readonly before?: number;
  readonly status?: JobItemStatus;
}

/** A query for jobs that have not begun, ordered by id. */
export interface StalledJobQuery {
  readonly limit: number;
  /** Only jobs after this id. */
  readonly after?: string;
}

/** A batch of sources that were found for a job. */
export interface ItemBatch {
  /** The run and the place of the search before this batch. If the job has moved on, the batch changes nothing. */
  readonly run: number;
  readonly from: number;
  readonly sources: readonly ItemSource[];
  /** Where the search continues. */
  readonly cursor: string | null;
  /** Whether there are no further sources. */
  readonly isLast: boolean;
}

/** A batch of failed items to retry. */
export interface RequeueBatch {
  readonly run: number;
  readonly from: number;
  /** The maximum number of items. */
  readonly limit: number;
}

/** The changes by {@linkcode JobRecords.settle}. */
export interface Settlement {
  readonly job: Job;
  /** Items that were not settled before. */
  readonly settled: number;
  /** Whether these included the last item and so ended the job. True once in each run. */
  readonly hasEnded: boolean;
}

/** Options for {@linkcode JobRecords.add}. */
export interface AddJobOptions {
  /** The keys of the bytes that were staged for the job. */
  readonly staged?: readonly string[];
  /** @default without limits */
  readonly limits?: WaitingLimits;
}

/**
 * The records of an owner's jobs and their items. Each method is atomic, and concurrent calls are serialized. Expired jobs are not
 * found, nor are those of other owners.
 */
export interface JobRecords {
  /** Returns the records of another owner's jobs. */
  of(owner: string): JobRecords;
  /**
   * Adds a job with its list of sources, if it has one. Rejects if its id is already in use, and with `too_many_jobs` if the owner's jobs
   * reach the limits.
   */
  add(job: Job, listed: readonly string[], options?: AddJobOptions): Promise<void>;
  find(id: string): Promise<Job | null>;
  list(query: JobListQuery): Promise<readonly Job[]>;
  /** Returns entries of a job's list of sources, starting at a place. The list is empty once all of them are items. */
  listed(id: string, from: number, limit: number): Promise<readonly string[]>;
  /**
   * Adds items and advances the search for sources. A queued job becomes running; a job whose items are all settled ends.
   * Returns `null`, and changes nothing, if the batch comes too late or the job has ended.
   */
  addItems(id: string, batch: ItemBatch): Promise<Settlement | null>;
  /** Returns at most `limit` items. Items that had not begun when their job ended are cancelled. */
  items(id: string, query: ItemListQuery): Promise<readonly JobItem[]>;
  /** Records the outcomes of items, each once. The last item ends the job. Returns `null` if there is no such job. */
  settle(id: string, items: readonly SettledItem[]): Promise<Settlement | null>;
  /** Ends a job early; a job that has already ended does not change. Returns the job after the change, or `null` if there is none. */
  end(id: string, status: "cancelled" | "failed", problem: JobProblem | null): Promise<EndedJob | null>;
  /**
   * Starts another run of a finished job with failed items; any other job does not change. Returns the job, or `null` if there is none.
   * Rejects with `too_many_jobs` if the limits are reached.
   */
  retry(id: string, limits?: WaitingLimits): Promise<Job | null>;
  /**
   * Queues failed items again and advances the search for them. Returns `null`, and changes nothing, if the batch comes too late or the
   * job has ended.
   */
  requeue(id: string, batch: RequeueBatch): Promise<Job | null>;
  /** Records the webhook delivery for a run. Deliveries of earlier runs are dropped. */
  recordDelivery(id: string, run: number, delivery: WebhookDelivery | null): Promise<void>;
  /** Returns which of the keys are staged for jobs, of all owners, that have not ended. */
  staged(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Removes the records of bytes that were staged for an ended job. Returns their keys, whose bytes can be removed. Changes nothing while
   * the
   * job goes on.
   */
  unstage(id: string): Promise<readonly string[]>;
  /** Makes an ended job expire now; any other job does not change. Returns the job before the change, or `null` if there is none. */
  expire(id: string): Promise<Job | null>;
  /** Returns jobs of all owners that were created before a time and have not begun. */
  stalled(before: number, query: StalledJobQuery): Promise<readonly Job[]>;
  /** Returns at most `limit` jobs of all owners, ordered by id and starting after one; `null` starts at the beginning. */
  scan(after: string | null, limit: number): Promise<readonly Job[]>;
  /** Returns the number of jobs of this owner that are kept. */
  count(): Promise<number>;
  /**
   * Removes items of expired jobs of all owners, then these jobs. Returns the number of removed items and jobs. If it is below the limit, none are left.
   */
  removeExpired(limit: number): Promise<number>;
}

/** The result of {@linkcode JobRecords.end}. */
export interface EndedJob {
  readonly job: Job;
  /** Whether this call ended the job. */
  readonly hasEnded: boolean;
}
