import type { AccessKey } from "../access/access_key.ts";
import type { OwnedDigest } from "../blob/blob_ledger.ts";
import type { Removal } from "../blob/removal_record.ts";
import type { DeletedImage, Image } from "../image/image.ts";
import type { Installation } from "../installation/installation.ts";
import type { Job } from "../job/job.ts";
import type { JobItem } from "../job/job_item.ts";
import type { Tenant } from "../tenant/tenant.ts";
import { checkQuota, type CountedImage, type UsageRow } from "../tenant/usage_row.ts";

/** The tables shared by the memory adapters, as a database is shared by the SQL adapters. */
export class MemoryTables {
  readonly images = new Map<string, Image>();
  readonly deletedImages = new Map<string, DeletedImage>();
  readonly removals = new Map<string, Removal & { isDone: boolean }>();
  installation: Installation | null = null;
  /** By {@linkcode contentId}. */
  readonly blobs = new Map<string, MemoryBlobRow>();
  readonly jobs = new Map<string, MemoryJobRow>();
  /** The ids of the jobs that blobs were staged for, by blob key. */
  readonly stagedBlobs = new Map<string, string>();
  readonly keys = new Map<string, AccessKey>();
  readonly tenants = new Map<string, Tenant>();
  /** By owner. */
  readonly usage = new Map<string, UsageRow>();
  readonly purges = new Map<string, PurgesRow>();
  /** When used tokens expire, by their ids. */
  readonly usedTokens = new Map<string, number>();
  readonly leases = new Map<string, { readonly holder: string; readonly expiresAt: number }>();

  /** Counts a new image. @throws {ProgImageError} `quota_exceeded` */
  countIn(image: CountedImage): void {
    const known = this.usage.get(image.owner);
    if (!known) return;
    const counted = { ...known, images: known.images + 1, bytes: known.bytes + image.bytes };
    checkQuota(counted, image);
    this.usage.set(image.owner, counted);
  }

  /** Takes an image off the use of its owner. */
  countOut({ owner, bytes }: CountedImage): void {
    const known = this.usage.get(owner);
    if (known) this.usage.set(owner, { ...known, images: known.images - 1, bytes: known.bytes - bytes });
  }

  /** Returns the blob of an image. */
  blobOf({ owner, sha256 }: Pick<Image, "owner" | "sha256">): MemoryBlobRow | undefined {
    return this.blobs.get(contentId({ owner, digest: sha256 }));
  }

  /** Returns whether an image refers to a blob: one in the catalog, or a deleted one that can be restored. */
  isReferenced(blob: OwnedDigest): boolean {
    const hasBlob = (image: Image) => image.sha256 === blob.digest && image.owner === blob.owner;
    return this.images.values().some(hasBlob) || this.deletedImages.values().some(hasBlob);
  }

  /** Deletes the records of those blobs that no image refers to. Records and returns their removals. */
  strikeOff(contents: readonly OwnedDigest[], now: number): readonly Removal[] {
    const struck: Removal[] = [];
    for (const id of new Set(contents.map(contentId))) {
      const blob = this.blobs.get(id);
      if (!blob || this.isReferenced(blob)) continue;
      this.blobs.delete(id);
      const { digest, key, owner } = blob;
      const removal = { key, digest, owner, removedAt: now };
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
  /** The ids or URLs that have no items yet. */
  listed: readonly string[];
  readonly items: JobItem[];
}

/** Returns the primary key of a row of the table of blobs. */
export function contentId({ digest, owner }: OwnedDigest): string {
  return `${digest} ${owner}`;
}

/** A row of the table of blobs. */
export interface MemoryBlobRow extends OwnedDigest {
  readonly key: string;
  idleSince: number | null;
  condemnedAt: number | null;
  damagedAt: number | null;
}
