import type { images } from "../../database/sqlite/sqlite_schema.ts";
import type { SourceFormat } from "../../transform/output/formats.ts";
import type { Image, ImageAttributes, StoredImage } from "../image.ts";
import { NO_ATTRIBUTES } from "../image_attributes.ts";

/** The database row of an image. Both dialects have the same rows. */
export type ImageRow = typeof images.$inferSelect;

type ChangingImage = ImageAttributes & Pick<Image, "generation" | "revision" | "updatedAt">;

type ChangingColumns = AttributeColumns & Pick<ImageRow, "generation" | "revision" | "updatedAt">;

/** The columns of the attributes. A column without a value does not compile. */
type AttributeColumns = Omit<ImageRow, Exclude<keyof Image, keyof ImageAttributes> | "placeholder">;

/** The name of an image without one. It is not `null`, so that all rows have a place in the order of names. */
export const UNKNOWN_NAME = "";

/** Returns the row of an image. */
export function toRow(image: Image): ImageRow {
  const {
    tags: _tags,
    metadata: _metadata,
    focalPoint: _focalPoint,
    thumbhash,
    warnings,
    ...columns
  } = image;
  return {
    ...columns,
    placeholder: thumbhash,
    warnings: warnings.length > 0 ? JSON.stringify(warnings) : null,
    ...attributeColumns(image),
  };
}

/** Returns the columns of the attributes that callers can change. */
export function attributeColumns(attributes: ImageAttributes): AttributeColumns {
  return {
    name: attributes.name ?? UNKNOWN_NAME,
    tags: JSON.stringify(attributes.tags),
    metadata: JSON.stringify(attributes.metadata),
    focalX: attributes.focalPoint?.x ?? null,
    focalY: attributes.focalPoint?.y ?? null,
    private: attributes.private,
    expiresAt: attributes.expiresAt,
  };
}

/** Returns the columns that an update of an image writes. */
export function changingColumns(image: ChangingImage): ChangingColumns {
  const { generation, revision, updatedAt } = image;
  return { ...attributeColumns(image), generation, revision, updatedAt };
}

/** The names of the columns that an update of an image writes. */
export const CHANGING_COLUMNS = Object.keys(
  changingColumns({ ...NO_ATTRIBUTES, generation: 0, revision: 0, updatedAt: 0 }),
) as readonly (keyof ChangingColumns)[];

/** Returns the image of a row. */
export function fromRow(row: ImageRow): Image {
  const { name, tags, metadata, focalX, focalY, format, placeholder, warnings, ...columns } = row;
  return {
    ...columns,
    private: columns.private ?? false,
    name: name === UNKNOWN_NAME ? null : name,
    format: format as SourceFormat,
    thumbhash: placeholder,
    warnings: warnings === null ? [] : JSON.parse(warnings),
    tags: JSON.parse(tags),
    metadata: JSON.parse(metadata),
    focalPoint: focalX === null || focalY === null ? null : { x: focalX, y: focalY },
  };
}

/** Returns the image of a row with its ledger entry. */
export function fromStoredRow({
  image,
  blobKey,
  damagedAt,
}: {
  readonly image: ImageRow;
  readonly blobKey: string;
  readonly damagedAt: number | null;
}): StoredImage {
  return { ...fromRow(image), blobKey, isDamaged: damagedAt !== null };
}
