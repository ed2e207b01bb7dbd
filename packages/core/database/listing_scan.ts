import { asc, type Column, desc, gte, lt, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { ListPosition, ListQuery } from "../image/catalog/image_catalog.ts";
import { boundsOf } from "../image/catalog/list_bounds.ts";
import { conditionsOf, type ListCondition } from "../image/catalog/list_conditions.ts";
import type { ListingPlan } from "../image/catalog/scan_listing.ts";

/** The columns of an index whose order is that of a listing. */
export interface ScannedColumns {
  readonly value: Column;
  readonly id: Column;
}

/** Returns the order of a listing. */
export function orderOf({ descending }: ListQuery, { value, id }: ScannedColumns): [SQL, SQL] {
  const direction = descending ? desc : asc;
  return [direction(value), direction(id)];
}

/**
 * Returns conditions for the bounds of a listing.
 *
 * @param value The value of its order
 */
export function withinBounds(
  query: ListQuery,
  { until }: ListingPlan,
  { value, id }: { readonly value: SQLWrapper; readonly id: Column },
): readonly (SQL | undefined)[] {
  const { from, before, after, until: end } = boundsOf(query, until);
  const [place, { descending }] = [sql`(${value}, ${id})`, query];
  return [
    from === undefined ? undefined : gte(value, from),
    before === undefined ? undefined : lt(value, before),
    after && compared(place, descending ? sql`<` : sql`>`, after),
    end && compared(place, descending ? sql`>=` : sql`<=`, end),
  ];
}

/** Returns conditions that the images of a listing meet in addition to the lead. */
export function othersHold(
  query: ListQuery,
  { lead }: ListingPlan,
  holds: (condition: ListCondition) => SQL,
): readonly SQL[] {
  const others = conditionsOf(query).filter((_, place) => place !== lead);
  return others.map(holds);
}

function compared(place: SQL, operator: SQL, { value, id }: ListPosition): SQL {
  return sql`${place} ${operator} (${value}, ${id})`;
}
