import type { images } from "../../database/sqlite/sqlite_schema.ts";
import type { SourceFormat } from "../../transform/output/formats.ts";
import type { Image, ImageAttributes } from "../image.ts";

/** The database row of an image. Both dialects have the same rows. */
export type ImageRow = typeof images.$inferSelect;

/** The name of an image without one. It is not `null`, so that all rows have a place in the order of names. */
export const UNKNOWN_NAME = "";

/** Returns the row of an image. */
export function toRow(image: Image): ImageRow {
  const { tags: _tags, metadata: _metadata, focalPoint: _focalPoint, thumbhash, ...columns } = image;
  return { ...columns, placeholder: thumbhash, ...attributeColumns(image) };
}

/** Returns the columns of the attributes that callers can change. */
export function attributeColumns(attributes: ImageAttributes) {
  return {
    name: attributes.name ?? UNKNOWN_NAME,
    tags: JSON.stringify(attributes.tags),
    metadata: JSON.stringify(attributes.metadata),
    focalX: attributes.focalPoint?.x ?? null,
    focalY: attributes.focalPoint?.y ?? null,
    expiresAt: attributes.expiresAt,
  };
}

/** Returns the image of a row. */
export function fromRow(row: ImageRow): Image {
  const { name, tags, metadata, focalX, focalY, format, placeholder, ...columns } = row;
  return {
    ...columns,
    name: name === UNKNOWN_NAME ? null : name,
    format: format as SourceFormat,
    thumbhash: placeholder,
    tags: JSON.parse(tags),
    metadata: JSON.parse(metadata),
    focalPoint: focalX === null || focalY === null ? null : { x: focalX, y: focalY },
  };
}
