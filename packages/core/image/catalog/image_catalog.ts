import type { OneTimeToken } from "../../access/token/used_tokens.ts";
import type { Image, ImageAttributes, StoredImage } from "../image.ts";

/** The keys that listings can be ordered by. */
export type ImageOrder = "createdAt" | "updatedAt" | "name" | "bytes";

/** A position in a listing: the value of its order and, for equal values, the id. */
export interface ListPosition {
  readonly value: string | number;
  readonly id: string;
}

/** A query for images. An index serves each combination that passes {@linkcode checkListQuery}. */
export interface ListQuery {
  readonly order: ImageOrder;
  readonly descending: boolean;
  readonly limit: number;
  /** Only images after this position. */
  readonly after?: ListPosition;
  readonly format?: string;
  /** Only images with all of these tags. */
  readonly tag?: string | readonly string[];
  readonly sha256?: string;
  /** Only images with these values, under metadata keys that the operator has declared. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly namePrefix?: string;
  /** Created at this time or later, in milliseconds since 1970. */
  readonly createdFrom?: number;
  /** Created before this time, in milliseconds since 1970. */
  readonly createdBefore?: number;
  /** Changed at this time or later, in milliseconds since 1970. A new image counts as changed when it is created. */
  readonly updatedFrom?: number;
}

/** A query for a count, which covers a listing from its start. */
export type CountQuery = Omit<ListQuery, "after" | "descending" | "limit">;

/** A part of a listing. */
export interface ImageSlice {
  readonly images: readonly Image[];
  /** The position after which the listing continues; `null` at its end. */
  readonly next: ListPosition | null;
}

/** The number of images in a listing. */
export interface ImageCount {
  readonly count: number;
  /** Whether `count` is exact; otherwise there are at least that many. */
  readonly isExact: boolean;
}

/** The bytes of a new image, which are already in the store. */
export interface BlobOffer {
  readonly key: string;
  /** The time from which the sweep may have removed them, in milliseconds since 1970. */
  readonly validUntil: number;
  /** The recorded key whose bytes are missing or damaged. The offered bytes replace them for every image of the owner that has them. */
  readonly replaces?: string;
}

/** Options for {@linkcode ImageCatalog.add}. */
export interface AddOptions {
  /** The token of the upload, which counts as used once the image is added. */
  readonly token?: OneTimeToken;
}

/** The result of {@linkcode ImageCatalog.add}. */
export interface AddedImage {
  /** The image on record: the given one, or that of an earlier upload with the same idempotency key. */
  readonly image: Image;
  /** The recorded key of its bytes, which may differ from the offered one. */
  readonly blobKey: string;
}

/** Options for the removal of images. */
export interface RemoveOptions {
  /** Called with each image, in the transaction that removes it. If it throws, no image is removed. */
  readonly check?: (image: Image) => void;
}

/** An image that was deleted or erased. */
export type RemovedImage = Pick<Image, "id" | "owner" | "sha256">;

/** How long an idempotency key is valid, in milliseconds: a day. */
export const IDEMPOTENCY_LIFETIME = 86_400_000;

/** Returns whether a repeated upload replaces the bytes of the image that it made before. */
export function heals(
  offer: BlobOffer | null,
  { sha256 }: Pick<Image, "sha256">,
  earlier: AddedImage,
): boolean {
  return offer?.replaces === earlier.blobKey && earlier.image.sha256 === sha256;
}

/** The catalog of the images of one owner. Expired images, and those of other owners, are neither found nor listed. */
export interface ImageCatalog {
  /** Returns the catalog of another owner. */
  of(owner: string): ImageCatalog;
  /**
   * Adds an image atomically. Its digest must have a blob on record, or the offered one is recorded with it.
   *
   * If its idempotency key was used in the last day, it adds nothing and returns the earlier image, whose bytes the offer may still
   * replace.
   * If there are no bytes, it adds nothing and returns `null`.
   *
   * @throws {TypeError} if the image belongs to another owner
   * @throws {ProgImageError} `conflict` if its token was used; `quota_exceeded`, `busy` or `storage_full`. In these cases it has certainly
   * added nothing: the caller then removes the offered bytes
   */
  add(image: Image, offer: BlobOffer | null, options?: AddOptions): Promise<AddedImage | null>;
  find(id: string): Promise<StoredImage | null>;
  /** Returns the image of an upload with this idempotency key in the last day. */
  findByKey(idempotencyKey: string): Promise<Image | null>;
  /** Returns the images that exist, each once, in any order. For some hundreds of ids per call. */
  findMany(ids: readonly string[]): Promise<readonly StoredImage[]>;
  /** Returns `limit` images, or all if there are fewer. */
  list(query: ListQuery): Promise<readonly Image[]>;
  /**
   * Returns a part of a listing after scanning a limited number of entries: at most `limit` images. With several conditions a part may have
   * fewer or none before the listing continues.
   */
  scan(query: ListQuery): Promise<ImageSlice>;
  /** Counts the images of a listing, up to a limit. */
  count(query: CountQuery, limit: number): Promise<ImageCount>;
  /**
   * Changes attributes atomically. `change` gets the current image and may be called again; if it throws, the image does not change.
   * Returns the image after the change, or `null` if there is none.
   */
  update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null>;
  /**
   * Changes attributes of several images atomically, as `update`. `change` returns `null` for an image that does not change. If it throws,
   * none change. Returns the changed images in any order. For some hundreds of distinct ids per call.
   */
  updateMany(
    ids: readonly string[],
    change: (image: Image) => ImageAttributes | null,
  ): Promise<readonly Image[]>;
  /** Deletes an image so that it can be restored. Returns it, or `null` if there was none. */
  remove(id: string, options?: RemoveOptions): Promise<RemovedImage | null>;
  /** Deletes several images atomically. Returns those that existed, in any order. For some hundreds of ids per call. */
  removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]>;
  /** Starts a new generation of images, which invalidates their derivatives. Returns the images that exist, after the change. */
  purge(ids: readonly string[]): Promise<readonly Image[]>;
  /** Starts a new generation of all images of the owner in constant time. Returns the generation. */
  purgeAll(): Promise<number>;
  /** Does the same as `findMany` for images of all owners, for maintenance. */
  findOfAll(ids: readonly string[]): Promise<readonly StoredImage[]>;
}
