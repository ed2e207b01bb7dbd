import { askJob, type JobQuestion, deleteJob } from "./ask_job.ts";
import type { CallOptions, Connection } from "../connection/connection.ts";
import type { Job, JobItem, JobItemStatus } from "../shapes.ts";
import {
  followJob,
  type FollowJobOptions,
  type JobEvent,
  jobsOf,
  type WithItems,
  type WithoutItems,
} from "./job_events.ts";
import { PageList } from "../connection/page_list.ts";

/** Options for {@linkcode JobHandle.wait}. */
export interface WaitOptions extends CallOptions {
  /** Receives the progress of the job, at most a few times a second. */
  readonly onProgress?: (job: Job) => void;
}

/** Options for {@linkcode JobHandle.items}. */
export interface JobItemsOptions extends CallOptions {
  readonly status?: JobItemStatus;
  /** Items per page, at most 1000; the iteration reads all pages. @default {50} */
  readonly limit?: number;
}

/** A job of the server. Iterating over it yields the job at each progress, up to its end. */
export class JobHandle implements AsyncIterable<Job> {
  readonly id: string;
  readonly #connection: Connection;
  #job: Job;

  /** @internal */
  constructor(connection: Connection, job: Job) {
    this.#connection = connection;
    this.#job = job;
    this.id = job.id;
  }

  /** The most recently seen state of the job. */
  get job(): Job {
    return this.#job;
  }

  /** Fetches the state of the job. */
  async refresh(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({}, options);
  }

  /**
   * Yields the job at each progress, up to its end. Reconnects after a broken connection. With `items`, yields events: the job at each
   * progress, and each item once it has a result.
   *
   * @throws {NotFoundError} if the job has expired
   */
  follow(options: CallOptions & WithItems): AsyncGenerator<JobEvent, void>;
  follow(options?: CallOptions & WithoutItems): AsyncGenerator<Job, void>;
  follow({ items = false, ...options }: FollowJobOptions = {}): AsyncGenerator<Job | JobEvent, void> {
    const events = this.#note(followJob(this.#connection, this.id, { items, ...options }));
    return items ? events : jobsOf(events);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Job, void> {
    return this.follow();
  }

  /** Waits for the end of the job and returns it. Only a signal limits the time. */
  async wait({ onProgress, ...options }: WaitOptions = {}): Promise<Job> {
    for await (const job of this.follow(options)) onProgress?.(job);
    return this.#job;
  }

  /** Lists the result of each image: iterate over all of them, or read one page at a time. */
  items({ status, limit, ...options }: JobItemsOptions = {}): PageList<JobItem> {
    return new PageList(this.#connection, `/jobs/${this.id}/items`, { status, limit }, options);
  }

  /** Ends the job early. Items that are being processed are completed. */
  async cancel(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({ method: "POST", path: "/cancel" }, options);
  }

  /**
   * Retries the failed items.
   *
   * @throws {ProgImageError} `conflict` if the job has not ended or no item has failed
   */
  async retry(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({ method: "POST", path: "/retry" }, options);
  }

  /**
   * Sends the job's webhook again.
   *
   * @throws {ProgImageError} `conflict` if the job has no webhook, or has not ended
   */
  async resendWebhook(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({ method: "POST", path: "/webhook" }, options);
  }

  /** Deletes the job, which must have ended. Its results stay. */
  async delete(options: CallOptions = {}): Promise<void> {
    await deleteJob(this.#connection, this.id, options);
  }

  /**
   * Returns the server's response, whose body is a zip of all results. It has a folder for each image, and `errors.json` if any failed.
   *
   * @throws {ProgImageError} `conflict` if the job has not ended
   */
  async results(options: CallOptions = {}): Promise<Response> {
    const call = { ...options, isLong: true };
    return await this.#connection.send(`/jobs/${this.id}/results.zip`, call, (answer) => answer);
  }

  async *#note(events: AsyncIterable<JobEvent>): AsyncGenerator<JobEvent, void> {
    for await (const event of events) {
      if (event.name !== "item") this.#job = event.job;
      yield event;
    }
  }

  async #ask(question: JobQuestion, options: CallOptions): Promise<Job> {
    this.#job = await askJob(this.#connection, this.id, question, options);
    return this.#job;
  }
}
