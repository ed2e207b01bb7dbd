import type { DeletedImage } from "../../image/image.ts";
import { decodeCursor, encodeCursor } from "../../image/catalog/list_cursor.ts";
import type { Ports } from "../../ports.ts";
import type { DeletedImageOptions } from "./restore_image.ts";

/** Options for a listing of deleted images. */
export interface ListDeletedImagesOptions extends DeletedImageOptions {
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string;
}

/** A deleted image, and until when it can be restored. */
export interface RestorableImage {
  readonly image: DeletedImage;
  /** In milliseconds since 1970. */
  readonly restorableUntil: number;
}

/** A page of deleted images. */
export interface DeletedImagePage {
  readonly items: readonly RestorableImage[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * Returns a page of the deleted images that can be restored, most recently deleted first.
 *
 * @throws {ProgImageError} `invalid_parameter` for a cursor of another listing
 */
export async function listDeletedImages(
  ports: Pick<Ports, "deleted" | "now">,
  { cursor, deletedGrace, limit }: ListDeletedImagesOptions,
): Promise<DeletedImagePage> {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, "deletedAt");
  const deletedAfter = ports.now() - deletedGrace;
  const found = await ports.deleted.list({ limit: limit + 1, after });
  // In the order of deletion, images that can no longer be restored come last.
  const images = found.filter(({ deletedAt }) => deletedAt > deletedAfter);
  const last = images.length > limit ? images[limit - 1] : undefined;
  return {
    items: images
      .slice(0, limit)
      .map((image) => ({ image, restorableUntil: restorableUntil(image, deletedGrace) })),
    next: last ? encodeCursor("deletedAt", { value: last.deletedAt, id: last.id }) : null,
  };
}

/** Returns until when a deleted image can be restored, in milliseconds since 1970. */
export function restorableUntil({ deletedAt, expiresAt }: DeletedImage, deletedGrace: number): number {
  return Math.min(deletedAt + deletedGrace, expiresAt ?? Infinity);
}
