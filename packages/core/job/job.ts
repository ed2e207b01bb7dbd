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
 * What has become of a job. It is `partially_failed` if some of its items failed, and `failed` if all of them did, or the job itself. It
 * can be `running` again, for what failed in it.
 */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Which job goes first. All of them go behind whoever waits for a single image. */
export type JobPriority = "low" | "normal" | "high";

/** The priorities of a job, lowest first. */
export const JOB_PRIORITIES: readonly JobPriority[] = ["low", "normal", "high"];

/** The newest image when a job began: later ones are none of its business. `null` where there was none. */
export interface JobBound {
  readonly createdAt: number;
  readonly id: string;
}

/** An archive of images whose bytes were staged for a job. */
export interface StagedArchive {
  readonly archive: ArchiveKind;
  /** The key of its bytes in the store of blobs. */
  readonly blob: string;
  readonly bytes: number;
}

/** Where the images of a job come from. Lists are as long as their items; these have what the list had, and its SHA-256. */
export type JobSources =
  | { readonly kind: "ids"; readonly sha256?: string }
  | { readonly kind: "urls"; readonly sha256?: string }
  /** URLs, each with what was said of it. */
  | { readonly kind: "describedUrls"; readonly sha256?: string }
  /** Files that were sent along, each staged for itself. */
  | { readonly kind: "uploads"; readonly sha256?: string }
  /** An archive that was sent along. */
  | ({ readonly kind: "archive"; readonly sha256?: string } & StagedArchive)
  | { readonly kind: "filter"; readonly filter: ImageFilter; readonly bound: JobBound | null }
  /** Objects below a prefix of the place that the operator allows. */
  | {
      readonly kind: "exchange";
      readonly prefix: string;
      /** What is stored already, by its bytes, is not stored again. */
      readonly onlyNew?: boolean;
    };

/** One result that a job makes of each image. */
export interface JobOutput {
  /** Its name among the results of an image, without extension; `null` where none was given. */
  readonly name: string | null;
  /** Canonical, as a recipe was read. */
  readonly steps: readonly Step[];
  /** `null` leaves it to the source. */
  readonly format: OutputFormat | null;
}

/** Files in the exchange of the operator, whose names begin with a prefix. */
export interface ExchangeDelivery {
  readonly exchange: { readonly prefix: string };
}

/** What becomes of the results: images of their own, kept derivatives, an archive made of these later, or files in the exchange. */
export type JobDelivery = "images" | "derivatives" | "archive" | ExchangeDelivery;

/** What to say of images that a job stores. Their names follow from their sources. */
export type JobAttributes = SharedAttributes;

/** What a caller keeps with a job. */
export type JobMetadata = Readonly<Record<string, unknown>>;

/** The statuses of the delivery of a webhook. */
export const WEBHOOK_STATUSES = ["pending", "delivered", "failed"] as const;

/** How a webhook was told of the end of a job. */
export interface WebhookDelivery {
  /** `pending` is tried again, `failed` is not. */
  readonly status: (typeof WEBHOOK_STATUSES)[number];
  readonly attempts: number;
  /** The status that the last attempt was answered with; `null` if there was no answer. */
  readonly lastStatus: number | null;
  /** In milliseconds since 1970; `null` if it is not known. */
  readonly lastAttemptAt: number | null;
}

/** Many ordinary renders, in the background. */
export interface Job {
  /** A UUIDv7. */
  readonly id: string;
  /** Whose job it is. Empty: there are no tenants yet. */
  readonly owner: string;
  readonly status: JobStatus;
  readonly sources: JobSources;
  /** Empty stores the sources as they are. */
  readonly outputs: readonly JobOutput[];
  readonly deliver: JobDelivery;
  readonly priority: JobPriority;
  /** The URL that hears when the job has ended; `null` for none. */
  readonly webhook: string | null;
  readonly attributes: JobAttributes;
  /** What its caller calls it; `null` if nothing. */
  readonly label: string | null;
  /** JSON of its caller, kept and given back as it is. */
  readonly metadata: JobMetadata;
  /** How many items it has; `null` until all of them are known. */
  readonly total: number | null;
  /** Items that have come out well. */
  readonly succeeded: number;
  readonly failed: number;
  /** Why the job itself failed. */
  readonly problem: JobProblem | null;
  /** In milliseconds since 1970, as are all times. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** From then on the job is not found; `null` until it has ended. */
  readonly expiresAt: number | null;
  /** How long it stays after it has ended, in milliseconds. */
  readonly lifetime: number;
  /** Counted from 1: raised each time what failed is tried again. */
  readonly run: number;
  /** How its webhook was told of the end of this run; `null` before it was tried. */
  readonly webhookDelivery: WebhookDelivery | null;
  /** Whether all items of this run have been found. */
  readonly isExpanded: boolean;
  /** The items before this place belong to this run already. */
  readonly expandedTo: number;
  /** Where the search for further sources goes on, in the words of their kind; `null` at the beginning. */
  readonly cursor: string | null;
  /** Items that are not settled yet, as far as they are known: listed or found. 0 once it has ended. */
  readonly waiting: number;
}

/** Tells whether a job is about bytes that were sent along with it: they are here until it ends. */
export function isStaged({ sources: { kind } }: Pick<Job, "sources">): boolean {
  return kind === "archive" || kind === "uploads";
}

/** Tells whether nothing more happens to a job by itself. */
export function hasEnded({ status }: Pick<Job, "status">): boolean {
  return status !== "queued" && status !== "running";
}
