import type { Image } from "../image/image.ts";
import type { Job } from "../job/job.ts";
import type { JobItem } from "../job/job_item.ts";

/** The tables that the memory adapters share, as the SQL adapters share a database. */
export class MemoryTables {
  readonly images = new Map<string, Image>();
  readonly blobs = new Map<string, MemoryBlobRow>();
  readonly jobs = new Map<string, MemoryJobRow>();
  /** Which job bytes were staged for, by their key. */
  readonly stagedBlobs = new Map<string, string>();
  readonly purges = new Map<string, PurgesRow>();
  readonly leases = new Map<string, { readonly holder: string; readonly expiresAt: number }>();

  /** Tells whether any image refers to a digest. */
  isReferenced(digest: string): boolean {
    return this.images.values().some((image) => image.sha256 === digest);
  }
}

/** A row of the table of purges. */
export interface PurgesRow {
  readonly purgedAt: number;
  readonly latestAt: number;
}

/** A row of the table of jobs, with the items of the job. */
export interface MemoryJobRow {
  job: Job;
  /** The ids or URLs of which its items are still to be made. */
  listed: readonly string[];
  readonly items: JobItem[];
}

/** A row of the table of blobs. */
export interface MemoryBlobRow {
  readonly key: string;
  idleSince: number | null;
  condemnedAt: number | null;
}
