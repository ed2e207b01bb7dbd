import { checkListQuery } from "../../verbs/image/list_images.ts";
import type { ImageOrder, ListPosition, ListQuery } from "./image_catalog.ts";
import { newImageId } from "../image_id.ts";
import { conditionsOf } from "./list_conditions.ts";
import type { ListingPlan } from "./scan_listing.ts";

/** The values that {@linkcode offeredQueries} combines. */
export interface QueryParts {
  /** A value for every filter. */
  readonly filters: Required<Omit<ListQuery, "after" | "descending" | "limit" | "order" | "tag">> & {
    readonly tag: string;
    /** Instead of one tag. */
    readonly tags: readonly string[];
  };
  /** A position in every order. */
  readonly places: Readonly<Record<ImageOrder, ListPosition>>;
}

/** Values for listings whose images need not exist. */
export const SOME_PARTS: QueryParts = {
  filters: {
    format: "png",
    tag: "a",
    tags: ["a", "c"],
    metadata: { sku: "1" },
    sha256: "ab".repeat(32),
    namePrefix: "image 1",
    createdFrom: 1_700_000_100_000,
    createdBefore: 1_700_000_900_000,
    updatedFrom: 1_700_000_100_000,
  },
  places: {
    createdAt: { value: 1_700_000_500_000, id: newImageId(1_700_000_500_000) },
    updatedAt: { value: 1_700_000_500_000, id: newImageId(1_700_000_500_000) },
    name: { value: "image 15", id: newImageId(1_700_000_500_000) },
    bytes: { value: 50_500, id: newImageId(1_700_000_500_000) },
  },
};

/** Returns every allowed combination of filters and order, in both directions, from the start and after a position. */
export function offeredQueries({ filters, places }: QueryParts = SOME_PARTS): readonly ListQuery[] {
  const names = Object.keys(filters) as (keyof typeof filters)[];
  const queries: ListQuery[] = [];
  for (const order of ["createdAt", "updatedAt", "name", "bytes"] as const) {
    for (let chosen = 0; chosen < 1 << names.length; chosen++) {
      const some = names.filter((_, place) => chosen & (1 << place));
      if (some.includes("tag") && some.includes("tags")) continue;
      const values = some.map((name) => [name === "tags" ? "tag" : name, filters[name]]);
      const query = { order, ...Object.fromEntries(values) };
      if (!isOffered({ ...query, descending: false })) continue;
      for (const descending of [false, true]) {
        for (const place of [{}, { after: places[order] }])
          queries.push({ ...query, descending, limit: 51, ...place });
      }
    }
  }
  return queries;
}

/** Returns every allowed query with each of its conditions as the lead: from its start to its end, or between two positions. */
export function offeredPlans(): readonly { readonly query: ListQuery; readonly plan: ListingPlan }[] {
  return offeredQueries().flatMap((query) => {
    const conditions = conditionsOf(query);
    if (conditions.length < 2) return [{ query, plan: { lead: 0 } }];
    // More than two conditions are looked up in the same way as two.
    if (conditions.length > 2 && !query.descending) return [];
    const { value, id } = SOME_PARTS.places.createdAt;
    const until = query.after && { value: Number(value) + (query.descending ? -100_000 : 100_000), id };
    return conditions.map((_, lead) => ({ query, plan: { lead, until } }));
  });
}

function isOffered(query: Parameters<typeof checkListQuery>[0]): boolean {
  try {
    checkListQuery(query);
    return true;
  } catch {
    return false;
  }
}
