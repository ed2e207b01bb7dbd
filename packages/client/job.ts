import type { JsonValue, OutputFormat, SourceFormat } from "./image.ts";
import type { Problem } from "./problem.ts";

/**
 * What has become of a job. It is `partially_failed` if some of its items failed, and `failed` if all of them did, or the job itself:
 * `problem` says why.
 */
export type JobStatus = "queued" | "running" | "succeeded" | "partially_failed" | "failed" | "cancelled";

/** Which job goes first. All of them go behind whoever waits for a single image. */
export type JobPriority = "low" | "normal" | "high";

/** What becomes of a job's results: new images, kept derivatives, a zip to be had later, or files in the exchange. */
export type JobDelivery =
  "images" | "derivatives" | "archive" | { readonly exchange: { readonly prefix: string } };

/** What went wrong with a job or an item of it. */
export interface JobProblem extends Pick<
  Problem,
  "code" | "detail" | "retryable" | "status" | "title" | "type"
> {
  /** The index of the output that failed. */
  readonly output?: number;
}

/** Many renders in the background. Times are ISO 8601. */
export interface Job {
  readonly id: string;
  /** What its caller calls it. */
  readonly label: string | null;
  /** What its caller keeps with it. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly status: JobStatus;
  readonly counts: JobCounts;
  /** 1, raised each time what failed is tried again. */
  readonly attempt: number;
  /** As it was asked, but for ids and urls, which are `null`: the items have them. `null` for files that were sent along. */
  readonly select: Readonly<Record<string, JsonValue>> | null;
  readonly outputs: readonly JobOutput[];
  readonly deliver: JobDelivery;
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly priority: JobPriority;
  /** Without its user, password and query. */
  readonly webhook: string | null;
  /** How the webhook was told of the end; `null` before that, and without one. */
  readonly webhookDelivery: WebhookDelivery | null;
  /** Seconds that the job stays after its end. */
  readonly keepSeconds: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** From then on the job is not found; `null` until it has ended. */
  readonly expiresAt: string | null;
  /** Why the job itself failed. */
  readonly problem: JobProblem | null;
  readonly href: string;
  readonly itemsHref: string;
  readonly eventsHref: string;
  readonly resultsHref: string;
}

/** How a webhook was told of the end of a job. */
export interface WebhookDelivery {
  /** `pending` is tried again, `failed` is not. */
  readonly status: "pending" | "delivered" | "failed";
  readonly attempts: number;
  /** What the last attempt was answered with; `null` if there was no answer. */
  readonly lastStatus: number | null;
  readonly lastAttemptAt: string | null;
}

/** How many items of a job there are, and what became of them. */
export interface JobCounts {
  /** `null` until all of them are known. */
  readonly total: number | null;
  readonly succeeded: number;
  readonly failed: number;
  /** Those that had not had their turn when the job ended. */
  readonly cancelled: number;
}

/** What a job makes of each image. */
export interface JobOutput {
  readonly name: string | null;
  readonly steps: readonly { readonly transform: string; readonly [parameter: string]: JsonValue }[];
  /** `null` leaves it to the source. */
  readonly format: OutputFormat | null;
  /** The same as the query of a URL. */
  readonly recipe: string;
}

/** What has become of an item. */
export type JobItemStatus = "queued" | "succeeded" | "failed" | "cancelled";

/** One image of a job. */
export interface JobItem {
  /** Counted from 0, in the order of the sources. */
  readonly index: number;
  readonly source: {
    readonly id?: string;
    readonly url?: string;
    /** The name of a file in the exchange. */
    readonly exchange?: string;
    /** The name of a file in the archive that was uploaded. */
    readonly entry?: string;
    /** The name of a file that was uploaded. */
    readonly upload?: string;
  };
  readonly status: JobItemStatus;
  readonly results: readonly JobResult[];
  readonly problem: JobProblem | null;
}

/** What an item has given. */
export interface JobResult {
  /** The index of the job's output. */
  readonly output: number;
  readonly name: string | null;
  readonly format: SourceFormat;
  readonly bytes: number;
  /** The id of the image that was stored. */
  readonly imageId?: string;
  /** The name of the file in the exchange that was written. */
  readonly exchange?: string;
  /** Where it is; `null` where it has no address. */
  readonly href: string | null;
}
