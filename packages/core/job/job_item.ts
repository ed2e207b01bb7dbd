import type { SaidAttributes } from "../image/image.ts";
import type { SourceFormat } from "../transform/output/formats.ts";
import type { JobAttributes } from "./job.ts";
import type { JobProblem } from "./job_problem.ts";

/** The status of an item. Items that have not begun when their job is cancelled are cancelled too. */
export type JobItemStatus = "queued" | "succeeded" | "failed" | "cancelled";

/** The statuses of an item. */
export const JOB_ITEM_STATUSES: readonly JobItemStatus[] = ["queued", "succeeded", "failed", "cancelled"];

/** The source of one image of a job: the repository, a URL, the exchange, or an upload of the job. */
export type ItemSource =
  | { readonly id: string }
  | DescribedUrl
  /** The name of a file in the exchange. */
  | { readonly exchange: string }
  /** The name of an entry of the job's archive. */
  | { readonly entry: string }
  | StagedUpload
  | RefusedUpload;

/** An image at a URL. */
export interface DescribedUrl {
  readonly url: string;
  /** Attributes of this image alone. A relative expiry counts from the creation of the job. */
  readonly attributes?: SaidAttributes;
}

/** A file that was uploaded with a job. */
export interface StagedUpload {
  /** Its file name; may be empty. */
  readonly upload: string;
  /** The key of its bytes in the store of blobs. */
  readonly blob: string;
  readonly bytes: number;
  /** Attributes of this file alone. */
  readonly attributes?: JobAttributes;
}

/** A file that was uploaded with a job but was refused. */
export interface RefusedUpload {
  readonly upload: string;
  readonly problem: JobProblem;
}

/** The result of an item for one output. */
export interface ItemResult {
  /** The index of the output among the job's outputs, counted from 0. */
  readonly output: number;
  readonly format: SourceFormat;
  readonly bytes: number;
  /** The id of the stored image. */
  readonly imageId?: string;
  /** The key of the cached derivative, which is its strong ETag. */
  readonly key?: string;
  /** The name of the file that was written to the exchange. */
  readonly exchange?: string;
}

/** One image of a job. */
export interface JobItem {
  /** Counted from 0, in the order of the sources. */
  readonly place: number;
  readonly source: ItemSource;
  readonly status: JobItemStatus;
  /** A failed item has those of its results that succeeded before. */
  readonly results: readonly ItemResult[];
  readonly problem: JobProblem | null;
}

/** The outcome of an item. */
export interface SettledItem {
  readonly place: number;
  readonly results: readonly ItemResult[];
  /** `null` if the item succeeded. */
  readonly problem: JobProblem | null;
}
