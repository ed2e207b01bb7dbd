import type { ListQuery } from "./image_catalog.ts";
import { metadataTerm } from "./metadata_terms.ts";

/** A condition on images with an index in the order of their creation. */
export interface ListCondition {
  readonly kind: "format" | "sha256" | "tag";
  readonly value: string;
}

/** Returns the conditions of a listing, all of which must hold. */
export function conditionsOf({
  format,
  metadata = {},
  sha256,
  tag = [],
}: ListQuery): readonly ListCondition[] {
  const tags = typeof tag === "string" ? [tag] : tag;
  return [
    ...(sha256 === undefined ? [] : [{ kind: "sha256", value: sha256 } as const]),
    ...Object.entries(metadata).map(
      ([key, text]) => ({ kind: "tag", value: metadataTerm(key, text) }) as const,
    ),
    ...[...new Set(tags)].map((value) => ({ kind: "tag", value }) as const),
    ...(format === undefined ? [] : [{ kind: "format", value: format } as const]),
  ];
}
