import type { ListPosition, ListQuery } from "./image_catalog.ts";

/** The range of a page in the values of its order, with at most one bound on each side. */
export interface ListBounds {
  /** The inclusive lower bound of the value. */
  readonly from?: string | number;
  /** The exclusive upper bound of the value. */
  readonly before?: string | number;
  /** The exclusive start of the page, in its direction. */
  readonly after?: ListPosition;
  /** The inclusive end of the page, in its direction. */
  readonly until?: ListPosition;
}

/** The parts of a query that bound a page. */
export type BoundingQuery = Pick<
  ListQuery,
  "after" | "createdBefore" | "createdFrom" | "descending" | "namePrefix" | "updatedFrom"
>;

/** Appended to a prefix, it sorts after every text with that prefix, in byte order. */
const LAST_CHARACTER = "\u{10FFFF}";

/**
 * Returns the bounds of a page, optionally with an end within the filters. If a filter and the start of the page bound the same side,
 * only the stricter bound remains: with both, a database may search by the other one and scan everything between.
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

/** Compares texts by their UTF-8 bytes, as the databases do. */
function compareValues(one: string | number, other: string | number): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}
