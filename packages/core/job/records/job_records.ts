import type { Job, JobStatus, WebhookDelivery } from "../job.ts";
import type { ItemSource, JobItem, JobItemStatus, SettledItem } from "../job_item.ts";
import type { JobProblem } from "../job_problem.ts";
import type { WaitingLimits } from "../waiting_limits.ts";

/** What a listing of jobs is asked: newest first. */
export interface JobListQuery {
  readonly limit: number;
  /** Begins behind this job. */
  readonly after?: { readonly createdAt: number; readonly id: string };
  readonly status?: JobStatus;
}

/** What a listing of items is asked: in the order of their places. */
export interface ItemListQuery {
  readonly limit: number;
  /** Begins with this place. @default {0} */
  readonly from?: number;
  /** Ends before this place. */
  readonly before?: number;
  readonly status?: JobItemStatus;
}

/** Sources that were found for a job. */
export interface ItemBatch {
  /** The run and the place where the search stood before: once it stands elsewhere, the batch changes nothing. */
  readonly run: number;
  readonly from: number;
  readonly sources: readonly ItemSource[];
  /** Where the search goes on. */
  readonly cursor: string | null;
  /** There are no more. */
  readonly isLast: boolean;
}

/** A part of a job's failed items that shall be tried again. */
export interface RequeueBatch {
  readonly run: number;
  readonly from: number;
  /** How many at most. */
  readonly limit: number;
}

/** What {@linkcode JobRecords.settle} has changed. */
export interface Settlement {
  readonly job: Job;
  /** Items that were not settled before. */
  readonly settled: number;
  /** This was the last of them: it has ended the job. True once in each run. */
  readonly hasEnded: boolean;
}

/** Options for {@linkcode JobRecords.add}. */
export interface AddJobOptions {
  /** The keys of bytes that were staged for it. */
  readonly staged?: readonly string[];
  /** @default without limits */
  readonly limits?: WaitingLimits;
}

/**
 * What is known of each job and its items. Each method is one step: all of it happens or nothing, and of several at the same time
 * one comes after the other. Jobs that have expired are not found.
 */
export interface JobRecords {
  /**
   * Adds a job and what it is about, where that is listed. Rejects where there is one with its id, and with `too_many_jobs` where so many
   * wait that it may not.
   */
  add(job: Job, listed: readonly string[], options?: AddJobOptions): Promise<void>;
  find(id: string): Promise<Job | null>;
  list(query: JobListQuery): Promise<readonly Job[]>;
  /** Gives some of what a job is about, from a place on. There are none left once all of them are items. */
  listed(id: string, from: number, limit: number): Promise<readonly string[]>;
  /**
   * Adds items and moves the search for sources on. A job that was queued runs from then on; one whose last item is settled
   * already ends. Gives `null`, and changes nothing, if the batch comes too late or the job has ended.
   */
  addItems(id: string, batch: ItemBatch): Promise<Settlement | null>;
  /** Gives at most `limit` items. Those of a job that was ended before their turn are cancelled. */
  items(id: string, query: ItemListQuery): Promise<readonly JobItem[]>;
  /** Records what became of items, each once, and ends the job with its last one. Gives `null` where there is no such job. */
  settle(id: string, items: readonly SettledItem[]): Promise<Settlement | null>;
  /** Ends a job early; one that has ended stays as it is. Gives it as it is after that, or `null` where there is none. */
  end(id: string, status: "cancelled" | "failed", problem: JobProblem | null): Promise<EndedJob | null>;
  /**
   * Begins another run of a job that is done and has failed items; any other stays as it is. Gives it, or `null` where there is none.
   * Rejects with `too_many_jobs` where so many wait that it may not.
   */
  retry(id: string, limits?: WaitingLimits): Promise<Job | null>;
  /**
   * Has failed items wait again and moves the search for them on. Gives `null`, and changes nothing, if the batch comes too late
   * or the job has ended.
   */
  requeue(id: string, batch: RequeueBatch): Promise<Job | null>;
  /** Remembers how the webhook was told of the end of a run; that of an earlier run is forgotten. */
  recordDelivery(id: string, run: number, delivery: WebhookDelivery | null): Promise<void>;
  /** Gives those of the keys whose bytes were staged for jobs that have not ended. */
  staged(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Strikes off what was staged for a job that has ended, for good. Gives its keys, whose bytes can go; none of a job that goes on. */
  unstage(id: string): Promise<readonly string[]>;
  /** Has a job that has ended expire now; any other stays as it is. Gives it as it was, or `null` where there is none. */
  expire(id: string): Promise<Job | null>;
  /** Removes items of jobs that have expired, then these jobs. Gives how many items and jobs went: below the limit, none are left. */
  removeExpired(limit: number): Promise<number>;
}

/** What {@linkcode JobRecords.end} has done. */
export interface EndedJob {
  readonly job: Job;
  /** It had not ended before. */
  readonly hasEnded: boolean;
}
