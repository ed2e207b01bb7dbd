import { type Static, Type } from "@sinclair/typebox";
import { objectShape } from "../shape/shape.ts";
import type { ListQuery } from "./image_catalog.ts";

/** What images of a selection have in common: the filters of a listing, as an index can serve them. */
export type ImageFilter = Pick<
  ListQuery,
  "createdAfter" | "createdBefore" | "format" | "namePrefix" | "sha256" | "tag"
>;

const TEXT = Type.Optional(Type.String({ minLength: 1 }));
const TIME = Type.Optional(Type.String({ format: "date-time" }));

/** A filter as callers write it. */
export const FILTER_SHAPE = objectShape({
  format: TEXT,
  tag: TEXT,
  sha256: TEXT,
  namePrefix: TEXT,
  createdAfter: TIME,
  createdBefore: TIME,
});

/** Returns a filter from JSON of its shape. */
export function filterFromJson({
  createdAfter,
  createdBefore,
  ...exact
}: Static<typeof FILTER_SHAPE>): ImageFilter {
  return {
    ...exact,
    ...(createdAfter !== undefined && { createdAfter: Date.parse(createdAfter) }),
    ...(createdBefore !== undefined && { createdBefore: Date.parse(createdBefore) }),
  };
}

/** Returns a filter as JSON of its shape. */
export function filterJson({
  createdAfter,
  createdBefore,
  ...exact
}: ImageFilter): Static<typeof FILTER_SHAPE> {
  return {
    ...exact,
    ...(createdAfter !== undefined && { createdAfter: new Date(createdAfter).toISOString() }),
    ...(createdBefore !== undefined && { createdBefore: new Date(createdBefore).toISOString() }),
  };
}

/** Returns the order in which an index serves a filter. */
export function orderOf({ namePrefix }: ImageFilter): "createdAt" | "name" {
  return namePrefix === undefined ? "createdAt" : "name";
}
