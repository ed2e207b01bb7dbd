import type { ListPosition, ListQuery } from "./image_catalog.ts";

/** Between which values of its order a page lies: in each direction one bound at most. */
export interface ListBounds {
  /** The value is this or more. */
  readonly from?: string | number;
  /** The value is less than this. */
  readonly before?: string | number;
  /** The value and the id come behind these, in the direction of the page. */
  readonly after?: ListPosition;
  /** The value and the id are these or come before them, in the direction of the page. */
  readonly until?: ListPosition;
}

/** What bounds a page. */
export type BoundingQuery = Pick<
  ListQuery,
  "after" | "createdBefore" | "createdFrom" | "descending" | "namePrefix" | "updatedFrom"
>;

/** Behind every text that starts with a prefix, in the order of bytes. */
const LAST_CHARACTER = "\u{10FFFF}";

/**
 * Gives the bounds of a page, which may end at a place within the filters. Where a filter and the place behind which the page begins bound the same side, only the one that
 * says more is left: databases may look for the other one and read all that lies between.
 */
export function boundsOf(query: BoundingQuery, until?: ListPosition): ListBounds {
  const bounds = boundsFrom(query);
  if (until === undefined) return bounds;
  const { after, from, before } = bounds;
  return query.descending ? { before, after, until } : { from, after, until };
}

function boundsFrom({
  after,
  createdFrom,
  createdBefore,
  descending,
  namePrefix,
  updatedFrom,
}: BoundingQuery): ListBounds {
  const from = createdFrom ?? updatedFrom ?? (namePrefix || undefined);
  const before = createdBefore ?? (namePrefix ? namePrefix + LAST_CHARACTER : undefined);
  if (after === undefined) return { from, before };
  if (descending) {
    const isBehind = before !== undefined && compareValues(after.value, before) >= 0;
    return isBehind ? { from, before } : { from, after };
  }
  const isBehind = from !== undefined && compareValues(after.value, from) < 0;
  return isBehind ? { from, before } : { before, after };
}

/** Texts compare by their UTF-8 bytes, as they do in the databases. */
function compareValues(one: string | number, other: string | number): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}
