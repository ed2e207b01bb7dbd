import type { Removal } from "../blob/removal_record.ts";
import type { DeletedImage, Image } from "../image/image.ts";
import type { Installation } from "../installation/installation.ts";
import type { Job } from "../job/job.ts";
import type { JobItem } from "../job/job_item.ts";

/** The tables that the memory adapters share, as the SQL adapters share a database. */
export class MemoryTables {
  readonly images = new Map<string, Image>();
  readonly deletedImages = new Map<string, DeletedImage>();
  readonly removals = new Map<string, Removal & { isDone: boolean }>();
  installation: Installation | null = null;
  readonly blobs = new Map<string, MemoryBlobRow>();
  readonly jobs = new Map<string, MemoryJobRow>();
  /** Which job bytes were staged for, by their key. */
  readonly stagedBlobs = new Map<string, string>();
  readonly purges = new Map<string, PurgesRow>();
  readonly leases = new Map<string, { readonly holder: string; readonly expiresAt: number }>();

  /** Returns whether an image refers to a digest: one of the catalog, or a deleted one that can be restored. */
  isReferenced(digest: string): boolean {
    const hasDigest = (image: Image) => image.sha256 === digest;
    return this.images.values().some(hasDigest) || this.deletedImages.values().some(hasDigest);
  }

  /** Strikes off those blobs of some digests that no image refers to, and records their removal. Returns the removals. */
  strikeOff(digests: readonly string[], now: number): readonly Removal[] {
    const struck: Removal[] = [];
    for (const digest of new Set(digests)) {
      const blob = this.blobs.get(digest);
      if (!blob || this.isReferenced(digest)) continue;
      this.blobs.delete(digest);
      const removal = { key: blob.key, digest, removedAt: now };
      this.removals.set(blob.key, { ...removal, isDone: false });
      struck.push(removal);
    }
    return struck;
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
  damagedAt: number | null;
}
