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
  /** Hears how the job goes on, a few times a second at most. */
  readonly onProgress?: (job: Job) => void;
}

/** Options for {@linkcode JobHandle.items}. */
export interface JobItemsOptions extends CallOptions {
  readonly status?: JobItemStatus;
  /** Items in a page, at most 1000; the iteration goes on through all pages. @default {50} */
  readonly limit?: number;
}

/** A job of the server. To iterate over it gives the job as it goes on, up to its end. */
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

  /** The job as it was last seen. */
  get job(): Job {
    return this.#job;
  }

  /** Asks how the job is. */
  async refresh(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({}, options);
  }

  /**
   * Gives the job as it goes on, up to its end. A connection that breaks is made anew. With `items`, gives events: the job as it goes on,
   * and each item once it is settled.
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

  /** Waits for the end of the job, and gives it as it is then. Has no time limit but a signal. */
  async wait({ onProgress, ...options }: WaitOptions = {}): Promise<Job> {
    for await (const job of this.follow(options)) onProgress?.(job);
    return this.#job;
  }

  /** Gives what has become of each image, page by page: to iterate over all of them, or one page at a time. */
  items({ status, limit, ...options }: JobItemsOptions = {}): PageList<JobItem> {
    return new PageList(this.#connection, `/jobs/${this.id}/items`, { status, limit }, options);
  }

  /** Ends the job early. What is being processed comes to its end. */
  async cancel(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({ method: "POST", path: "/cancel" }, options);
  }

  /**
   * Has what failed tried again.
   *
   * @throws {ProgImageError} `conflict` if the job has not ended or nothing has failed in it
   */
  async retry(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({ method: "POST", path: "/retry" }, options);
  }

  /**
   * Has the webhook of the job told of its end once more.
   *
   * @throws {ProgImageError} `conflict` if it has none, or has not ended
   */
  async resendWebhook(options: CallOptions = {}): Promise<Job> {
    return await this.#ask({ method: "POST", path: "/webhook" }, options);
  }

  /** Deletes the job, which must have ended. What it has made stays. */
  async delete(options: CallOptions = {}): Promise<void> {
    await deleteJob(this.#connection, this.id, options);
  }

  /**
   * Gives the server's answer, whose body is a zip of all results: a folder for each image, and `errors.json` if something has failed.
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
