import type { ArchiveKind } from "../archive/archive_entries.ts";
import type { ImageFilter } from "../image/image_filter.ts";
import type { SharedAttributes } from "../image/image.ts";
import type { OutputFormat } from "../transform/output/formats.ts";
import type { Step } from "../transform/recipe/recipe.ts";
import type { JobProblem } from "./job_problem.ts";

/** The statuses of a job. */
export const JOB_STATUSES = [
  "queued",
  "running",
  "succeeded",
  "partially_failed",
  "failed",
  "cancelled",
] as const;

/**
 * The status of a job. It is `partially_failed` if some of its items failed, and `failed` if all of them or the job itself failed. It
 * becomes
 * `running` again when its failed items are retried.
 */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The priority of a job among jobs. Requests for single images always go before jobs. */
export type JobPriority = "low" | "normal" | "high";

/** The priorities of a job, lowest first. */
export const JOB_PRIORITIES: readonly JobPriority[] = ["low", "normal", "high"];

/** The newest image when a job began; the job ignores later ones. `null` if there was none. */
export interface JobBound {
  readonly createdAt: number;
  readonly id: string;
}

/** An archive of images whose bytes are staged for a job. */
export interface StagedArchive {
  readonly archive: ArchiveKind;
  /** The key of its bytes in the store of blobs. */
  readonly blob: string;
  readonly bytes: number;
}

/** The sources of a job. A list is stored as the job's items; here only its kind and SHA-256 remain. */
export type JobSources =
  | { readonly kind: "ids"; readonly sha256?: string }
  | { readonly kind: "urls"; readonly sha256?: string }
  /** URLs, each with its own attributes. */
  | { readonly kind: "describedUrls"; readonly sha256?: string }
  /** Uploaded files, each staged on its own. */
  | { readonly kind: "uploads"; readonly sha256?: string }
  /** An uploaded archive. */
  | ({ readonly kind: "archive"; readonly sha256?: string } & StagedArchive)
  | { readonly kind: "filter"; readonly filter: ImageFilter; readonly bound: JobBound | null }
  /** Objects under a prefix of a location that the operator allows. */
  | {
      readonly kind: "exchange";
      readonly prefix: string;
      /** Whether images whose bytes are already stored are skipped. */
      readonly onlyNew?: boolean;
    };

/** One output that a job makes of each image. */
export interface JobOutput {
  /** Its name among the outputs of an image, without extension; `null` if it has none. */
  readonly name: string | null;
  /** In canonical form. */
  readonly steps: readonly Step[];
  /** `null` keeps the format of the source. */
  readonly format: OutputFormat | null;
}

/** Delivery to files in the operator's exchange, under a prefix. */
export interface ExchangeDelivery {
  readonly exchange: { readonly prefix: string };
}

/** Where results go: new images, cached derivatives, an archive that is made of these later, or files in the exchange. */
export type JobDelivery = "images" | "derivatives" | "archive" | ExchangeDelivery;

/** Attributes of the images that a job stores. Their names are derived from the sources. */
export type JobAttributes = SharedAttributes;

/** Custom JSON that a caller attaches to a job. */
export type JobMetadata = Readonly<Record<string, unknown>>;

/** The statuses of a webhook delivery. */
export const WEBHOOK_STATUSES = ["pending", "delivered", "failed"] as const;

/** The delivery of a job's webhook. */
export interface WebhookDelivery {
  /** `pending` is retried, `failed` is not. */
  readonly status: (typeof WEBHOOK_STATUSES)[number];
  readonly attempts: number;
  /** The HTTP status of the last attempt's response; `null` if there was none. */
  readonly lastStatus: number | null;
  /** In milliseconds since 1970; `null` if unknown. */
  readonly lastAttemptAt: number | null;
}

/** A batch of ordinary renders in the background. */
export interface Job {
  /** A UUIDv7. */
  readonly id: string;
  /** The tenant that it belongs to; empty for the first one. */
  readonly owner: string;
  readonly status: JobStatus;
  readonly sources: JobSources;
  /** An empty list stores the sources unchanged. */
  readonly outputs: readonly JobOutput[];
  readonly deliver: JobDelivery;
  readonly priority: JobPriority;
  /** The URL that is called when the job ends; `null` for none. */
  readonly webhook: string | null;
  readonly attributes: JobAttributes;
  /** The caller's label; `null` for none. */
  readonly label: string | null;
  /** The caller's JSON, stored and returned unchanged. */
  readonly metadata: JobMetadata;
  /** The number of items; `null` until all of them are known. */
  readonly total: number | null;
  /** The number of successful items. */
  readonly succeeded: number;
  readonly failed: number;
  /** The error of the job as a whole. */
  readonly problem: JobProblem | null;
  /** In milliseconds since 1970, as are all times. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** When the job expires, after which it is not found; `null` until it has ended. */
  readonly expiresAt: number | null;
  /** Milliseconds from its end to its expiry. */
  readonly lifetime: number;
  /** Counted from 1, and incremented when failed items are retried. */
  readonly run: number;
  /** The webhook delivery at the end of this run; `null` before the first attempt. */
  readonly webhookDelivery: WebhookDelivery | null;
  /** Whether all items of this run have been found. */
  readonly isExpanded: boolean;
  /** The items before this place are already part of this run. */
  readonly expandedTo: number;
  /** Where the search for further sources continues, in a form that depends on their kind; `null` at the beginning. */
  readonly cursor: string | null;
  /** The number of items that are not settled yet, among those listed or found so far. 0 once the job has ended. */
  readonly waiting: number;
}

/** Returns whether the sources of a job were uploaded with it. Their bytes are kept until it ends. */
export function isStaged({ sources: { kind } }: Pick<Job, "sources">): boolean {
  return kind === "archive" || kind === "uploads";
}

/** Returns whether a job has ended. Only a retry changes its status after that. */
export function hasEnded({ status }: Pick<Job, "status">): boolean {
  return status !== "queued" && status !== "running";
}
