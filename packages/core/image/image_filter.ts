import type { ListQuery } from "./catalog/image_catalog.ts";

/** What images of a selection have in common: the filters of a listing, as an index can serve them. */
export type ImageFilter = Omit<ListQuery, "after" | "descending" | "limit" | "order">;
