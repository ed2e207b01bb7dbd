import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { describedShape, jsonObjectShape, namedShape, nullableShape, objectShape } from "../shape/shape.ts";
import type { ParamValue } from "../transform/recipe/recipe.ts";
import type { FocalPoint, ImageAttributes, SharedAttribute } from "./image.ts";

/** The limits on an image's attributes. */
export const ATTRIBUTE_LIMITS = {
  nameCharacters: 255,
  tags: 64,
  tagCharacters: 128,
  metadataBytes: 16_384,
  expirySeconds: 3_155_760_000,
} as const;

/** The definition of one attribute. */
export interface Attribute<Name extends keyof ImageAttributes> {
  /** Its JSON in requests. */
  readonly shape: TSchema;
  /** Its JSON in a merge patch, where objects may be partial and `null` restores the default. */
  readonly patch: TSchema;
  /** Returns the JSON after a patch, for patches that are more than a merge. */
  readonly change?: (json: never, patch: never) => unknown;
  /** Its value if none was given. */
  readonly default: ImageAttributes[Name];
  /** Whether the images of an archive or a job can share it. */
  readonly isShared: Name extends SharedAttribute ? true : false;
  /** Returns its JSON, to which a merge patch is applied. */
  readonly toJson: (value: ImageAttributes[Name]) => unknown;
  /** Returns its value from JSON of its shape. */
  readonly fromJson: (json: never) => ImageAttributes[Name];
}

const NAME = Type.String({
  format: "line",
  maxLength: ATTRIBUTE_LIMITS.nameCharacters,
});

const TAGS = Type.Array(
  Type.String({ format: "line", minLength: 1, maxLength: ATTRIBUTE_LIMITS.tagCharacters }),
  { maxItems: ATTRIBUTE_LIMITS.tags, description: "Words by which the image is found" },
);

const TAG_CHANGE = objectShape({ add: Type.Optional(TAGS), remove: Type.Optional(TAGS) });

const FOCAL_POINT = describedShape(
  namedShape("FocalPoint", objectShape({ x: fraction("width"), y: fraction("height") })),
  "A point of interest",
);

const TIME = Type.String({ format: "date-time" });

/** The attributes that callers can set. All code that reads, writes, patches and documents attributes uses this table. */
export const ATTRIBUTES: { readonly [Name in keyof ImageAttributes]: Attribute<Name> } = {
  name: {
    shape: { ...nullableShape(NAME), description: "The name of the image; without it that of its file" },
    patch: nullableShape(NAME),
    default: null,
    isShared: false,
    toJson: (name) => name,
    fromJson: (json: string | null) => json || null,
  },
  tags: {
    shape: TAGS,
    patch: {
      ...Type.Union([TAGS, TAG_CHANGE, Type.Null()]),
      description: "The list; or which to add and remove, whatever else there is. What is in both is added",
    },
    change: changeTags,
    default: [],
    isShared: true,
    toJson: (tags) => tags,
    fromJson: (json: Static<typeof TAGS>) => [...new Set(json)],
  },
  metadata: {
    shape: {
      ...jsonObjectShape({ maxBytes: ATTRIBUTE_LIMITS.metadataBytes }),
      description: `A JSON object that is kept with the image and given back, of at most ${ATTRIBUTE_LIMITS.metadataBytes} bytes`,
    },
    patch: {
      ...nullableShape(jsonObjectShape()),
      description: "Merged into what is there; null removes a name",
    },
    default: {},
    isShared: true,
    toJson: (metadata) => metadata,
    fromJson: (json: Readonly<Record<string, ParamValue>>) => json,
  },
  focalPoint: {
    shape: { ...nullableShape(FOCAL_POINT), description: "The point of interest, which crops keep" },
    patch: nullableShape(
      objectShape({ x: Type.Optional(fraction("width")), y: Type.Optional(fraction("height")) }),
    ),
    default: null,
    isShared: true,
    toJson: (point) => point,
    fromJson: (json: FocalPoint | null) => json,
  },
  private: {
    shape: Type.Boolean({
      description:
        "Whether only callers with a right to read private images get it, whatever strangers may get",
    }),
    patch: {
      ...nullableShape(Type.Boolean()),
      description: "An image that becomes private gets new URLs, and its earlier derivatives end",
    },
    default: false,
    isShared: true,
    toJson: (isPrivate) => isPrivate,
    fromJson: (json: boolean) => json,
  },
  expiresAt: {
    shape: { ...nullableShape(TIME), description: "From this time on the image is not found" },
    patch: { ...nullableShape(TIME), description: "null keeps the image" },
    default: null,
    isShared: true,
    toJson: (time) => (time === null ? null : new Date(time).toISOString()),
    fromJson: (json: string | null) => (json === null ? null : Date.parse(json)),
  },
};

/** A relative expiry, an alternative to `expiresAt`. */
export const EXPIRES_IN = Type.Integer({
  minimum: 1,
  maximum: ATTRIBUTE_LIMITS.expirySeconds,
  description: "Seconds from now until the image is not found any more, instead of expiresAt",
});

function changeTags(
  tags: Static<typeof TAGS>,
  patch: Static<typeof TAG_CHANGE> | Static<typeof TAGS> | null,
): Static<typeof TAGS> | null {
  if (patch === null || Array.isArray(patch)) return patch;
  const { add = [], remove = [] } = patch;
  return [...new Set(tags.filter((tag) => !remove.includes(tag)).concat(add))];
}

function fraction(side: "height" | "width") {
  return Type.Number({ minimum: 0, maximum: 1, description: `A fraction of the ${side}, from the top left` });
}
