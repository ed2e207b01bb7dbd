import { askJob, deleteJob } from "./ask_job.ts";
import { checkId } from "../images/check_id.ts";
import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import type { Job, JobItem, JobStatus } from "../shapes.ts";
import {
  followJob,
  type FollowJobOptions,
  type JobEvent,
  jobsOf,
  type WithItems,
  type WithoutItems,
} from "./job_events.ts";
import { JobHandle, type JobItemsOptions } from "./job_handle.ts";
import { type JobRequest, jsonJob } from "./job_request.ts";
import { PageList } from "../connection/page_list.ts";
import type { IdempotentOptions } from "../upload/upload.ts";

/** Options for {@linkcode Jobs.list}. */
export interface ListJobsOptions extends CallOptions {
  readonly status?: JobStatus;
  /** Jobs in a page, at most 1000; the iteration goes on through all pages. @default {50} */
  readonly limit?: number;
}

/** The jobs of a server: many images processed in the background. */
export class Jobs {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Begins a job. The same `idempotencyKey` and request give the same job again, for as long as it is kept.
   *
   * @throws {ProgImageError} if what it shall do cannot be done, whatever its images are
   */
  async create(request: JobRequest, options: IdempotentOptions = {}): Promise<JobHandle> {
    const { idempotencyKey, signal, timeout } = options;
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
    };
    const call = { signal, timeout, method: "POST", headers, body: JSON.stringify(jsonJob(request)) };
    return new JobHandle(this.#connection, await this.#connection.send("/jobs", call, readJson<Job>));
  }

  /**
   * Gives a job.
   *
   * @throws {NotFoundError} if there is none, or no longer
   */
  async get(id: string, options: CallOptions = {}): Promise<JobHandle> {
    return new JobHandle(this.#connection, await askJob(this.#connection, id, {}, options));
  }

  /** Gives jobs page by page, the newest first: to iterate over all of them, or one page at a time. */
  list({ status, limit, ...options }: ListJobsOptions = {}): PageList<Job> {
    return new PageList(this.#connection, "/jobs", { status, limit }, options);
  }

  /** Gives what has become of each image of a job. */
  items(id: string, { status, limit, ...options }: JobItemsOptions = {}): PageList<JobItem> {
    return new PageList(this.#connection, `/jobs/${checkId(id)}/items`, { status, limit }, options);
  }

  /**
   * Gives a job as it goes on, up to its end. A connection that breaks is made anew. With `items`, gives events: the job as it goes on, and
   * each item once it is settled.
   *
   * @throws {NotFoundError} if there is none, or no longer
   */
  follow(id: string, options: CallOptions & WithItems): AsyncGenerator<JobEvent, void>;
  follow(id: string, options?: CallOptions & WithoutItems): AsyncGenerator<Job, void>;
  follow(id: string, options: FollowJobOptions = {}): AsyncGenerator<Job | JobEvent, void> {
    const events = followJob(this.#connection, checkId(id), options);
    return options.items ? events : jobsOf(events);
  }

  /** Ends a job early and gives it as it is then. */
  async cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return await askJob(this.#connection, id, { method: "POST", path: "/cancel" }, options);
  }

  /** Deletes a job that has ended. What it has made stays. @throws {ProgImageError} `conflict` if it has not ended */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await deleteJob(this.#connection, id, options);
  }

  /** Has what failed in a job tried again. @throws {ProgImageError} `conflict` if there is nothing to try */
  async retry(id: string, options: CallOptions = {}): Promise<Job> {
    return await askJob(this.#connection, id, { method: "POST", path: "/retry" }, options);
  }
}
