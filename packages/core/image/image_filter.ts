import type { ListQuery } from "./catalog/image_catalog.ts";

/** A filter for a selection of images: the filters of a listing that an index serves. */
export type ImageFilter = Omit<ListQuery, "after" | "descending" | "limit" | "order">;
