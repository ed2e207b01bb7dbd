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
  /** Jobs per page, at most 1000; the iteration reads all pages. @default {50} */
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
   * Starts a job. The same `idempotencyKey` and request return the same job as long as it is kept.
   *
   * @throws {ProgImageError} if the job cannot be done with any images
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
   * Returns a job.
   *
   * @throws {NotFoundError} if it does not exist, or not any more
   */
  async get(id: string, options: CallOptions = {}): Promise<JobHandle> {
    return new JobHandle(this.#connection, await askJob(this.#connection, id, {}, options));
  }

  /** Lists jobs, the newest first: iterate over all of them, or read one page at a time. */
  list({ status, limit, ...options }: ListJobsOptions = {}): PageList<Job> {
    return new PageList(this.#connection, "/jobs", { status, limit }, options);
  }

  /** Lists the result of each image of a job. */
  items(id: string, { status, limit, ...options }: JobItemsOptions = {}): PageList<JobItem> {
    return new PageList(this.#connection, `/jobs/${checkId(id)}/items`, { status, limit }, options);
  }

  /**
   * Yields a job at each progress, up to its end. Reconnects after a broken connection. With `items`, yields events: the job at each
   * progress, and each item once it has a result.
   *
   * @throws {NotFoundError} if the job does not exist, or not any more
   */
  follow(id: string, options: CallOptions & WithItems): AsyncGenerator<JobEvent, void>;
  follow(id: string, options?: CallOptions & WithoutItems): AsyncGenerator<Job, void>;
  follow(id: string, options: FollowJobOptions = {}): AsyncGenerator<Job | JobEvent, void> {
    const events = followJob(this.#connection, checkId(id), options);
    return options.items ? events : jobsOf(events);
  }

  /** Ends a job early and returns its state. */
  async cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return await askJob(this.#connection, id, { method: "POST", path: "/cancel" }, options);
  }

  /** Deletes a finished job. Its results stay. @throws {ProgImageError} `conflict` if the job has not ended */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await deleteJob(this.#connection, id, options);
  }

  /** Retries the failed items of a job. @throws {ProgImageError} `conflict` if there is nothing to retry */
  async retry(id: string, options: CallOptions = {}): Promise<Job> {
    return await askJob(this.#connection, id, { method: "POST", path: "/retry" }, options);
  }
}
