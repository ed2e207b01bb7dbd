import type { Image, ImageAttributes, StoredImage } from "../image.ts";

/** What a listing can be ordered by. */
export type ImageOrder = "createdAt" | "updatedAt" | "name" | "bytes";

/** A place in a listing: the value that orders it and, where values are equal, the id. */
export interface ListPosition {
  readonly value: string | number;
  readonly id: string;
}

/** What a listing is asked. Each combination that passes {@linkcode checkListQuery} is served by an index. */
export interface ListQuery {
  readonly order: ImageOrder;
  readonly descending: boolean;
  readonly limit: number;
  /** Begins behind this place. */
  readonly after?: ListPosition;
  readonly format?: string;
  /** With all of these. */
  readonly tag?: string | readonly string[];
  readonly sha256?: string;
  /** With these values under keys that the operator has declared. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly namePrefix?: string;
  /** Created at this time or later, in milliseconds since 1970. */
  readonly createdFrom?: number;
  /** Created before this time, in milliseconds since 1970. */
  readonly createdBefore?: number;
  /** Changed at this time or later, in milliseconds since 1970. A new image counts as changed when it is created. */
  readonly updatedFrom?: number;
}

/** What is counted: a listing from its start. */
export type CountQuery = Omit<ListQuery, "after" | "descending" | "limit">;

/** A part of a listing. */
export interface ImageSlice {
  readonly images: readonly Image[];
  /** Behind this place the listing goes on; `null` at its end. */
  readonly next: ListPosition | null;
}

/** How many images a listing has. */
export interface ImageCount {
  readonly count: number;
  /** Whether it is their number; otherwise there are at least so many. */
  readonly isExact: boolean;
}

/** The bytes that a new image brings, already in the store. */
export interface BlobOffer {
  readonly key: string;
  /** From then on the store may have swept them, in milliseconds since 1970. */
  readonly validUntil: number;
  /** The key on record whose bytes are missing or damaged: the offered ones take its place, for every image that has them. */
  readonly replaces?: string;
}

/** What {@linkcode ImageCatalog.add} made of an image. */
export interface AddedImage {
  /** The image as it is on record: the one that was given, or the one that an earlier upload with the same key has made. */
  readonly image: Image;
  /** The key on record for its bytes, which may be another than the one offered. */
  readonly blobKey: string;
}

/** An image that was deleted or erased. */
export interface RemovedImage {
  readonly id: string;
  readonly sha256: string;
}

/** For how long an idempotency key stands for its image, in milliseconds: a day. */
export const IDEMPOTENCY_LIFETIME = 86_400_000;

/** Whether an upload that is repeated brings new bytes for the image that it has made. */
export function heals(
  offer: BlobOffer | null,
  { sha256 }: Pick<Image, "sha256">,
  earlier: AddedImage,
): boolean {
  return offer?.replaces === earlier.blobKey && earlier.image.sha256 === sha256;
}

/** What is known of each image. Expired images are not found and not listed. */
export interface ImageCatalog {
  /**
   * Adds an image. Its digest must have a blob on record, or it is recorded with the offered one, all in one step. Adds nothing
   * and gives the earlier image where its idempotency key has been used in the last day, although an offer may replace the bytes of
   * that; adds nothing and gives `null` where no bytes are left.
   *
   * @throws {ProgImageError} `busy` or `storage_full` only if it has surely added nothing: the bytes that were offered go then
   */
  add(image: Image, offer: BlobOffer | null): Promise<AddedImage | null>;
  find(id: string): Promise<StoredImage | null>;
  /** Gives the image that an upload with this idempotency key has made in the last day. */
  findByKey(idempotencyKey: string): Promise<Image | null>;
  /** Gives those images that there are, each once, in any order. For some hundreds of ids at a time. */
  findMany(ids: readonly string[]): Promise<readonly StoredImage[]>;
  /** Gives `limit` images, unless there are no more. */
  list(query: ListQuery): Promise<readonly Image[]>;
  /**
   * Gives a part of a listing after looking at a limited number of images: at most `limit` of them, and where several conditions leave
   * few, fewer or none before the listing goes on.
   */
  scan(query: ListQuery): Promise<ImageSlice>;
  /** Counts the images of a listing, up to a limit. */
  count(query: CountQuery, limit: number): Promise<ImageCount>;
  /**
   * Changes attributes in one step: `change` sees the image as it is, may throw to leave it so, and may be called again.
   * Gives the image after it, or `null` where there is none.
   */
  update(id: string, change: (image: Image) => ImageAttributes): Promise<Image | null>;
  /**
   * Changes attributes of several images in one step, as `update` does: `change` gives `null` for one that shall stay as it is. What
   * it throws leaves all of them so. Gives those that were changed, as they are after it, in any order. For some hundreds of ids at a
   * time, each of them once.
   */
  updateMany(
    ids: readonly string[],
    change: (image: Image) => ImageAttributes | null,
  ): Promise<readonly Image[]>;
  /** Deletes an image: it can be restored. Returns the SHA-256 of its bytes, or `null` if there was none. */
  remove(id: string): Promise<string | null>;
  /** Deletes several images in one step. Returns those that there were, in any order. For some hundreds of ids at a time. */
  removeMany(ids: readonly string[]): Promise<readonly RemovedImage[]>;
  /**
   * Begins a new generation of images, so that what was rendered of them is not used any more. Gives those that there are, as
   * they are after it.
   */
  purge(ids: readonly string[]): Promise<readonly Image[]>;
  /** Begins a new generation of all images, however many there are, in no time. Gives it. */
  purgeAll(): Promise<number>;
  /** Gives those of the beginnings of digests, in hexadecimal digits, with which the digest of an image begins. */
  referenced(beginnings: readonly string[]): Promise<ReadonlySet<string>>;
}
