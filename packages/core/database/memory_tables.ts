import type { AccessKey } from "../access/access_key.ts";
import type { Removal } from "../blob/removal_record.ts";
import type { DeletedImage, Image } from "../image/image.ts";
import type { Installation } from "../installation/installation.ts";
import type { Job } from "../job/job.ts";
import type { JobItem } from "../job/job_item.ts";

/** The tables shared by the memory adapters, as a database is shared by the SQL adapters. */
export class MemoryTables {
  readonly images = new Map<string, Image>();
  readonly deletedImages = new Map<string, DeletedImage>();
  readonly removals = new Map<string, Removal & { isDone: boolean }>();
  installation: Installation | null = null;
  /** By {@linkcode blobId}. */
  readonly blobs = new Map<string, MemoryBlobRow>();
  readonly jobs = new Map<string, MemoryJobRow>();
  /** The ids of the jobs that blobs were staged for, by blob key. */
  readonly stagedBlobs = new Map<string, string>();
  readonly keys = new Map<string, AccessKey>();
  readonly purges = new Map<string, PurgesRow>();
  readonly leases = new Map<string, { readonly holder: string; readonly expiresAt: number }>();

  /** Returns whether an image refers to a digest: one in the catalog, or a deleted one that can be restored. */
  isReferenced(digest: string): boolean {
    const hasDigest = (image: Image) => image.sha256 === digest;
    return this.images.values().some(hasDigest) || this.deletedImages.values().some(hasDigest);
  }

  /** Deletes the records of those digests that no image refers to. Records and returns their removals. */
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

/** Returns the key of a row of blobs: owners share no bytes. */
export function blobId({ owner, sha256 }: Pick<Image, "owner" | "sha256">): string {
  return owner + sha256;
}

/** A row of the table of purges. */
export interface PurgesRow {
  readonly purgedAt: number;
  readonly latestAt: number;
}

/** A row of the table of jobs, with the items of the job. */
export interface MemoryJobRow {
  job: Job;
  /** The ids or URLs that have no items yet. */
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
