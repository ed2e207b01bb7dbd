import { type Static, type TObject, type TSchema, Type } from "@sinclair/typebox";
import { objectShape, optionalProperties } from "../shape/shape.ts";
import { SOURCE_FORMATS } from "../transform/output/formats.ts";
import { ATTRIBUTE_LIMITS } from "./attribute_table.ts";
import type { ImageFilter } from "./image_filter.ts";
import { FOUND_CHARACTERS } from "./catalog/metadata_terms.ts";

const TIME = Type.String({ format: "date-time" });

const TAG = Type.String({ format: "line", minLength: 1, maxLength: ATTRIBUTE_LIMITS.tagCharacters });

/** The maximum number of tags in a filter. */
const MOST_TAGS = 4;

/** A value to search for under a key of metadata. */
const FOUND_TEXT = Type.String({ format: "line", minLength: 1, maxLength: FOUND_CHARACTERS });

/** The maximum number of metadata keys in a filter. */
export const MOST_METADATA_KEYS = 4;

/** The filter of a listing, with any keys of metadata. */
export const IMAGE_FILTER_SHAPE = objectShape({
  format: Type.Optional(described(choice(SOURCE_FORMATS), "Only images stored in this format")),
  tag: Type.Optional(
    described(
      Type.Union([TAG, Type.Array(TAG, { minItems: 1, maxItems: MOST_TAGS })]),
      `Only images with this tag, or with all of these: at most ${MOST_TAGS}`,
    ),
  ),
  sha256: Type.Optional(
    Type.String({ pattern: "^[0-9a-f]{64}$", description: "Only images with these bytes" }),
  ),
  metadata: Type.Optional(
    described(
      Type.Record(Type.String(), FOUND_TEXT, { maxProperties: MOST_METADATA_KEYS }),
      "Only images that have these texts, numbers or booleans in their metadata, under keys that the operator has declared",
    ),
  ),
  namePrefix: Type.Optional(
    Type.String({
      format: "line",
      minLength: 1,
      maxLength: ATTRIBUTE_LIMITS.nameCharacters,
      description: "Only images whose name begins like this; in the order of names",
    }),
  ),
  createdFrom: Type.Optional(described(TIME, "Only images created at this time or later")),
  createdBefore: Type.Optional(described(TIME, "Only images created before this time")),
  updatedFrom: Type.Optional(
    described(TIME, "Only images changed, or created, at this time or later; in the order of changes"),
  ),
});

/** The page of a listing. */
export const PAGE_SHAPE = objectShape({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, default: 50, description: "Entries on a page" }),
  ),
  cursor: Type.Optional(Type.String({ description: "The `next` of the page before" })),
});

const ORDERS = ["createdAt", "updatedAt", "name", "bytes"] as const;

const IMAGE_ORDER_SHAPE = described(
  choice(ORDERS.flatMap((order) => [order, `-${order}`] as const)),
  "With a minus in front the last first. Without it what the filter needs, or else -createdAt",
);

/** A listing of images: its filter, its order and its page. */
export const LIST_SHAPE = objectShape({
  order: Type.Optional(IMAGE_ORDER_SHAPE),
  ...PAGE_SHAPE.properties,
  ...IMAGE_FILTER_SHAPE.properties,
});

/** Returns the shape of a page of entries, with a filter by status. */
export function pageShape<const Status extends string>(statuses: readonly Status[]) {
  const status = described(choice(statuses), "Only entries with this status");
  return objectShape({ status: Type.Optional(status), ...PAGE_SHAPE.properties });
}

/** Shapes for the metadata keys that an operator has declared. */
export interface ListShapes {
  readonly filter: typeof IMAGE_FILTER_SHAPE;
  readonly list: typeof LIST_SHAPE;
}

const shapes = new WeakMap<readonly string[], ListShapes>();

/** Returns the shapes of filters and listings that accept exactly these metadata keys. */
export function listShapes(metadataKeys: readonly string[]): ListShapes {
  const made = shapes.get(metadataKeys) ?? shapesFor(metadataKeys);
  shapes.set(metadataKeys, made);
  return made;
}

function shapesFor(metadataKeys: readonly string[]): ListShapes {
  const keys = optionalProperties(Object.fromEntries(metadataKeys.map((key) => [key, FOUND_TEXT])));
  const replace = <S extends TObject>({ properties }: S): S => {
    const { metadata: _metadata, ...others } = properties;
    const metadata = Type.Optional(objectShape(keys));
    return objectShape(metadataKeys.length > 0 ? { ...others, metadata } : others) as unknown as S;
  };
  return { filter: replace(IMAGE_FILTER_SHAPE), list: replace(LIST_SHAPE) };
}

/** A filter as JSON. */
export type ImageFilterJson = Static<typeof IMAGE_FILTER_SHAPE>;

const TIMES = ["createdFrom", "createdBefore", "updatedFrom"] as const;

/** Returns the filter of its JSON. */
export function imageFilterOf(json: ImageFilterJson): ImageFilter {
  const times = TIMES.flatMap((name) => {
    const time = json[name];
    return time === undefined ? [] : [[name, Date.parse(time)] as const];
  });
  return { ...json, ...Object.fromEntries(times) } as ImageFilter;
}

/** Returns the JSON of a filter. */
export function imageFilterJson(filter: ImageFilter): ImageFilterJson {
  const times = TIMES.flatMap((name) => {
    const time = filter[name];
    return time === undefined ? [] : [[name, new Date(time).toISOString()] as const];
  });
  return { ...filter, ...Object.fromEntries(times) } as ImageFilterJson;
}

function choice<const Word extends string>(words: readonly Word[]) {
  return Type.Union(words.map((word) => Type.Literal(word)));
}

function described<Shape extends TSchema>(shape: Shape, description: string): Shape {
  return { ...shape, description };
}
