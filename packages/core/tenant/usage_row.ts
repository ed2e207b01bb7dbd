import { ProgImageError } from "../error.ts";
import type { Image } from "../image/image.ts";
import type { StorageLimits, StorageUse } from "./usage_records.ts";

/** The database row of an owner whose storage is limited. Both dialects have the same rows. */
export interface UsageRow {
  readonly owner: string;
  readonly images: number;
  readonly bytes: number;
  readonly maxImages: number | null;
  readonly maxBytes: number | null;
}

/** An image that counts. */
export type CountedImage = Pick<Image, "bytes" | "owner">;

/** The number of images and their bytes. */
export type CountedUse = Pick<UsageRow, "bytes" | "images">;

/** Returns whether limits limit nothing. */
export function isUnlimited({ images, bytes }: StorageLimits): boolean {
  return images === null && bytes === null;
}

/** Returns the use of a row. */
export function useOf({ images, bytes, maxImages, maxBytes }: UsageRow): StorageUse {
  return { images, bytes, limits: { images: maxImages, bytes: maxBytes } };
}

/** Returns the use of images that were counted, as their owner has no limits. */
export function unlimitedUse({ images, bytes }: CountedUse): StorageUse {
  return { images, bytes, limits: { images: null, bytes: null } };
}

/** Checks the row of an owner in which a new image already counts. @throws {ProgImageError} `quota_exceeded` */
export function checkQuota({ images, bytes, maxImages, maxBytes }: UsageRow, added: CountedImage): void {
  if (maxImages !== null && images > maxImages)
    throw exceeded(`at most ${maxImages} images may be stored: ${images - 1} are`, maxImages);
  if (maxBytes !== null && bytes > maxBytes)
    throw exceeded(
      `at most ${maxBytes} bytes may be stored: ${bytes - added.bytes} are, and it has ${added.bytes}`,
      maxBytes,
    );
}

/** Returns the use of images by owner. */
export function useByOwner(images: readonly CountedImage[]): ReadonlyMap<string, CountedUse> {
  const uses = new Map<string, CountedUse>();
  for (const { owner, bytes } of images) {
    const before = uses.get(owner) ?? { images: 0, bytes: 0 };
    uses.set(owner, { images: before.images + 1, bytes: before.bytes + bytes });
  }
  return uses;
}

function exceeded(reason: string, limit: number): ProgImageError {
  return new ProgImageError("quota_exceeded", `Cannot store image as ${reason}`, { details: { limit } });
}
