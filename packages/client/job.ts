import type { SourceFormat } from "./image.ts";
import type { Problem } from "./problem.ts";

/** What has become of a job. `done` may have failed items; `failed` means the job itself. */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** Which job goes first. All of them go behind whoever waits for a single image. */
export type JobPriority = "low" | "normal" | "high";

/** What becomes of a job's results: new images, kept derivatives, a zip to be had later, or files below a prefix. */
export type JobDelivery = "images" | "derivatives" | "archive" | { readonly prefix: string };

/** What went wrong with a job or an item of it. */
export interface JobProblem extends Pick<Problem, "code" | "detail" | "status" | "title" | "type"> {
  /** The output that failed, counted from 1. */
  readonly output?: number;
}

/** Many renders in the background. Times are ISO 8601. */
export interface Job {
  readonly id: string;
  readonly state: JobState;
  /** How many items it has; `null` until all of them are known. */
  readonly total: number | null;
  /** Items that have come out well. */
  readonly done: number;
  /** Items that have not. */
  readonly failed: number;
  /** Raised each time what failed is tried again. */
  readonly run: number;
  readonly priority: JobPriority;
  readonly sources: { readonly kind: string; readonly [more: string]: unknown };
  readonly outputs: readonly { readonly name: string | null; readonly recipe: string }[];
  readonly deliver: JobDelivery;
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

/** What has become of an item. */
export type JobItemState = "queued" | "done" | "failed" | "cancelled";

/** One image of a job. */
export interface JobItem {
  /** Counted from 1, in the order of the sources. */
  readonly place: number;
  readonly source: {
    readonly id?: string;
    readonly url?: string;
    readonly file?: string;
    /** The name of a file in the archive that was uploaded. */
    readonly entry?: string;
    /** The name of a file that was uploaded. */
    readonly upload?: string;
  };
  readonly state: JobItemState;
  readonly results: readonly JobResult[];
  readonly problem: JobProblem | null;
}

/** What an item has given. */
export interface JobResult {
  /** Which of the job's outputs it is, counted from 1. */
  readonly output: number;
  readonly name: string | null;
  readonly format: SourceFormat;
  readonly bytes: number;
  /** The id of the image that was stored. */
  readonly image?: string;
  /** The name of the file that was written. */
  readonly file?: string;
  /** Where it is; `null` where it has no address. */
  readonly href: string | null;
}
