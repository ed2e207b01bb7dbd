import { setImmediate } from "node:timers/promises";
import type { Image } from "../image.ts";
import type { CountQuery, ImageCount, ImageSlice, ListPosition, ListQuery } from "./image_catalog.ts";
import { conditionsOf } from "./list_conditions.ts";
import { positionOf } from "./list_position.ts";

/** The plan for reading a listing. */
export interface ListingPlan {
  /** The condition whose index is scanned; the other conditions are looked up for each entry. */
  readonly lead: number;
  /** The last position of the scan. */
  readonly until?: ListPosition;
}

/** The statements that read listings from a database. An index serves each of them. */
export interface ListingStatements {
  /** Returns at most `limit` images. */
  images(query: ListQuery, plan: ListingPlan): Promise<readonly Image[]>;
  /** Counts images, up to a limit. */
  count(query: ListQuery, plan: ListingPlan): Promise<number>;
  /** Counts the entries of a condition's index within the bounds of a listing, up to a limit. */
  size(query: ListQuery, lead: number): Promise<number>;
  /** Returns the position of the entry with this number in a condition's index, or `null` if there are fewer. */
  placeOf(query: ListQuery, lead: number, number: number): Promise<ListPosition | null>;
}

/** Index entries that are scanned for one page, which bounds its time to milliseconds however few images match. */
export const SCANNED_ENTRIES = 1_000;

/** Returns a part of a listing. With several conditions it scans the index of the one with the fewest images. */
export async function scanListing(statements: ListingStatements, query: ListQuery): Promise<ImageSlice> {
  const plan = await planOf(statements, query);
  const found = await statements.images({ ...query, limit: query.limit + 1 }, plan);
  const images = found.slice(0, query.limit);
  const last = found.length > query.limit ? images.at(-1) : undefined;
  return { images, next: last ? positionOf(last, query.order) : (plan.until ?? null) };
}

/** Returns `limit` images of a listing, or all if there are fewer. */
export async function listCompletely(
  statements: ListingStatements,
  query: ListQuery,
): Promise<readonly Image[]> {
  if (conditionsOf(query).length < 2) return await statements.images(query, { lead: 0 });
  const images: Image[] = [];
  for (let { after } = query; ;) {
    const slice = await scanListing(statements, { ...query, after, limit: query.limit - images.length });
    images.push(...slice.images);
    if (slice.next === null || images.length >= query.limit) return images;
    after = slice.next;
    // Lets other requests run, as calls of an in-process database do not yield to the event loop.
    await setImmediate();
  }
}

/** Counts the images of a listing, up to a limit. With several conditions, that many index entries are scanned at most. */
export async function countListing(
  statements: ListingStatements,
  query: CountQuery,
  limit: number,
): Promise<ImageCount> {
  let count = 0;
  let after: ListPosition | undefined;
  for (let looked = SCANNED_ENTRIES; ; looked += SCANNED_ENTRIES) {
    const part = { ...query, after, descending: true, limit: limit + 1 - count };
    const plan = await planOf(statements, part);
    count += await statements.count(part, plan);
    if (count > limit) return { count: limit, isExact: false };
    if (!plan.until || looked >= limit) return { count, isExact: !plan.until };
    after = plan.until;
    await setImmediate();
  }
}

async function planOf(statements: ListingStatements, query: ListQuery): Promise<ListingPlan> {
  const conditions = conditionsOf(query);
  if (conditions.length < 2) return { lead: 0 };
  const sizes = await Promise.all(
    conditions.map((_, lead) => statements.size({ ...query, limit: SCANNED_ENTRIES + 1 }, lead)),
  );
  const size = Math.min(...sizes);
  const lead = sizes.indexOf(size);
  if (size <= SCANNED_ENTRIES) return { lead };
  return { lead, until: (await statements.placeOf(query, lead, SCANNED_ENTRIES)) ?? undefined };
}
