import type { Removal } from "../../blob/removal_record.ts";
import type { DeletedImage, Image } from "../image.ts";
import type { ListPosition, RemovedImage, RemoveOptions } from "../catalog/image_catalog.ts";

/** A query for deleted images. */
export interface DeletedListQuery {
  readonly limit: number;
  /** Only images after this position: the time of deletion and the id. */
  readonly after?: ListPosition;
}

/** The result of an erasure. */
export interface ErasedImages {
  /** The images that existed, in any order. */
  readonly images: readonly RemovedImage[];
  /** The blobs that were removed from the ledger with them. The caller must remove their bytes. */
  readonly removals: readonly Removal[];
}

/** Deleted images of one owner, and the permanent removal of its images. */
export interface DeletedImages {
  /** Returns the deleted images of another owner. */
  of(owner: string): DeletedImages;
  /** Returns a deleted image that has not expired, or `null`. */
  find(id: string): Promise<DeletedImage | null>;
  /** Returns deleted images, most recently deleted first. */
  list(query: DeletedListQuery): Promise<readonly DeletedImage[]>;
  /**
   * Restores images to the catalog that were deleted after a time and have not expired. Their idempotency keys are cleared. Returns the
   * restored images, in any order. For some hundreds of ids per call.
   */
  restore(ids: readonly string[], deletedAfter: number): Promise<readonly Image[]>;
  /**
   * Erases images, deleted or not. The same transaction removes their blobs from the ledger, unless other images have the same bytes.
   * For some hundreds of ids per call. An image that was deleted before is not checked: nothing can have changed it since.
   */
  erase(ids: readonly string[], options?: RemoveOptions): Promise<ErasedImages>;
  /** Erases images of all owners that have expired, deleted or not. */
  eraseExpired(limit: number): Promise<ErasedImages>;
  /** Removes the records of images of all owners that were deleted before a time. Their blobs become idle. Returns the number of images. */
  release(deletedBefore: number, limit: number): Promise<number>;
}
