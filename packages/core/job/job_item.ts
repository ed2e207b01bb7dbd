import type { SaidAttributes } from "../image/image.ts";
import type { SourceFormat } from "../transform/output/formats.ts";
import type { JobAttributes } from "./job.ts";
import type { JobProblem } from "./job_problem.ts";

/** What has become of an item. Those of a job that was cancelled before they had their turn are cancelled as well. */
export type JobItemStatus = "queued" | "succeeded" | "failed" | "cancelled";

/** The states of an item. */
export const JOB_ITEM_STATUSES: readonly JobItemStatus[] = ["queued", "succeeded", "failed", "cancelled"];

/** Where one image of a job is: in the repository, elsewhere, in the exchange, or in what was sent along with the job. */
export type ItemSource =
  | { readonly id: string }
  | DescribedUrl
  /** The name of a file in the exchange. */
  | { readonly exchange: string }
  /** The name of an entry of the job's archive. */
  | { readonly entry: string }
  | StagedUpload
  | RefusedUpload;

/** An image that lies elsewhere. */
export interface DescribedUrl {
  readonly url: string;
  /** What was said of this image alone. A time from now counts from the beginning of its job. */
  readonly attributes?: SaidAttributes;
}

/** A file that was sent along with a job. */
export interface StagedUpload {
  /** What it is called; may be empty. */
  readonly upload: string;
  /** The key of its bytes in the store of blobs. */
  readonly blob: string;
  readonly bytes: number;
  /** What was said of this file alone. */
  readonly attributes?: JobAttributes;
}

/** A file that was sent along with a job, but could not be taken in. */
export interface RefusedUpload {
  readonly upload: string;
  readonly problem: JobProblem;
}

/** What an item has given, once for each output. */
export interface ItemResult {
  /** Which of the job's outputs it is, counted from 0. */
  readonly output: number;
  readonly format: SourceFormat;
  readonly bytes: number;
  /** The id of the image that was stored. */
  readonly imageId?: string;
  /** The key of the derivative that was kept, which is its strong ETag. */
  readonly key?: string;
  /** The name of the file in the exchange that was written. */
  readonly exchange?: string;
}

/** One image of a job. */
export interface JobItem {
  /** Counted from 0, in the order of the sources. */
  readonly place: number;
  readonly source: ItemSource;
  readonly status: JobItemStatus;
  /** Also of an item that failed: what came out well before. */
  readonly results: readonly ItemResult[];
  readonly problem: JobProblem | null;
}

/** What an item has come to. */
export interface SettledItem {
  readonly place: number;
  readonly results: readonly ItemResult[];
  /** `null` if it has come out well. */
  readonly problem: JobProblem | null;
}
