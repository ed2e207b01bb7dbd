import type { deletedImages } from "../../database/sqlite/sqlite_schema.ts";
import type { DeletedImage } from "../image.ts";
import { fromRow, type ImageRow } from "../catalog/image_row.ts";

/** The database row of a deleted image. Both dialects have the same rows. */
export type DeletedImageRow = typeof deletedImages.$inferSelect;

/** Default values for columns that rows of earlier versions lack. */
const LATER_COLUMNS = { durationMs: null, idempotencyRequest: null, private: null, warnings: null };

/** Returns the row of a deleted image. Its idempotency key is cleared. */
export function toDeletedRow(row: ImageRow, deletedAt: number): DeletedImageRow {
  const { id, owner, sha256, expiresAt } = row;
  return { id, owner, sha256, expiresAt, deletedAt, image: JSON.stringify({ ...row, idempotencyKey: null }) };
}

/** Returns the row of a deleted image in the table of images. */
export function imageRowOf({ image }: Pick<DeletedImageRow, "image">): ImageRow {
  return { ...LATER_COLUMNS, ...(JSON.parse(image) as ImageRow) };
}

/** Returns the deleted image of a row. */
export function fromDeletedRow(row: DeletedImageRow): DeletedImage {
  return { ...fromRow(imageRowOf(row)), deletedAt: row.deletedAt };
}
