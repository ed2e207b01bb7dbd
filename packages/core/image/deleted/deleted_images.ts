import type { Removal } from "../../blob/removal_record.ts";
import type { DeletedImage, Image } from "../image.ts";
import type { ListPosition, RemovedImage } from "../catalog/image_catalog.ts";

/** A query for deleted images. */
export interface DeletedListQuery {
  readonly limit: number;
  /** Begins behind this place: the time of deletion and the id. */
  readonly after?: ListPosition;
}

/** Images that were erased. */
export interface ErasedImages {
  /** Those that there were, in any order. */
  readonly images: readonly RemovedImage[];
  /** The blobs that were struck off with them. Their bytes are to be removed. */
  readonly removals: readonly Removal[];
}

/** Images that were deleted, and the ways in which images go for good. */
export interface DeletedImages {
  /** Returns a deleted image that has not expired, or `null`. */
  find(id: string): Promise<DeletedImage | null>;
  /** Returns deleted images, those deleted last first. */
  list(query: DeletedListQuery): Promise<readonly DeletedImage[]>;
  /**
   * Returns images to the catalog that were deleted after a time and have not expired since. Their idempotency keys are free. Returns
   * those that were restored, in any order. For some hundreds of ids at a time.
   */
  restore(ids: readonly string[], deletedAfter: number): Promise<readonly Image[]>;
  /**
   * Forgets images for good, deleted or not. In the same step their blobs are struck off, unless other images have the same bytes.
   * For some hundreds of ids at a time.
   */
  erase(ids: readonly string[]): Promise<ErasedImages>;
  /** Erases images that have expired, deleted or not. */
  eraseExpired(limit: number): Promise<ErasedImages>;
  /** Forgets images that were deleted before a time. Their blobs become idle. Returns how many. */
  release(deletedBefore: number, limit: number): Promise<number>;
}
