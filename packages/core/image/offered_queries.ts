import { checkListQuery } from "../list_images.ts";
import type { ListQuery } from "./image_catalog.ts";
import { newImageId } from "./image_id.ts";

/** Filters that a listing may be asked for, each with a value that few or many images have. */
const FILTERS: Partial<ListQuery> = {
  format: "png",
  tag: "a",
  sha256: "ab".repeat(32),
  namePrefix: "image 1",
  createdAfter: 1_700_000_100_000,
  createdBefore: 1_700_000_900_000,
};

const PLACES = { createdAt: 1_700_000_500_000, name: "image 15", bytes: 50_500 } as const;

/** Gives every combination of filters and order that is on offer, in both directions, from the start and behind a place. */
export function offeredQueries(): readonly ListQuery[] {
  const names = Object.keys(FILTERS) as (keyof typeof FILTERS)[];
  const queries: ListQuery[] = [];
  for (const order of ["createdAt", "name", "bytes"] as const) {
    for (let chosen = 0; chosen < 1 << names.length; chosen++) {
      const filters = names.filter((_, place) => chosen & (1 << place));
      const query = { order, ...Object.fromEntries(filters.map((name) => [name, FILTERS[name]])) };
      if (!isOffered({ ...query, descending: false })) continue;
      const after = { value: PLACES[order], id: newImageId(PLACES.createdAt) };
      for (const descending of [false, true]) {
        for (const place of [{}, { after }]) queries.push({ ...query, descending, limit: 51, ...place });
      }
    }
  }
  return queries;
}

function isOffered(query: Parameters<typeof checkListQuery>[0]): boolean {
  try {
    checkListQuery(query);
    return true;
  } catch {
    return false;
  }
}
