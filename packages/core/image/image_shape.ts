import { type TSchema, Type } from "@sinclair/typebox";
import { pageOf } from "../shape/page_shape.ts";
import { answerShape, describedShape, nullableShape } from "../shape/shape.ts";
import { SOURCE_FORMATS } from "../transform/output/formats.ts";
import { ATTRIBUTES } from "./attribute_table.ts";
import type { ImageAttributes } from "./image.ts";
import { IMAGE_WARNINGS, type ImageWarning } from "./image_warning.ts";

const WARNINGS = Object.keys(IMAGE_WARNINGS) as readonly ImageWarning[];

const TIME = Type.String({ format: "date-time" });

/** The JSON of an image. Members may be added but never changed. The API document and the client's type are derived from it. */
export const IMAGE_SHAPE = answerShape(
  "Image",
  {
    id: Type.String({ format: "uuid" }),
    ...attributeShapes(),
    format: Type.Union(SOURCE_FORMATS.map((format) => Type.Literal(format))),
    mediaType: Type.String({ description: "Such as image/jpeg" }),
    bytes: whole("The size of the original file"),
    width: whole("In pixels, of one page as a viewer sees it: after the orientation was applied"),
    height: whole("In pixels, of one page as a viewer sees it: after the orientation was applied"),
    pages: whole("Frames of an animation, pages of a TIFF; 1 for others"),
    isAnimated: Type.Boolean({ description: "Whether its pages are the frames of an animation" }),
    durationMs: describedShape(
      nullableShape(whole("")),
      "How long an animation takes once, in milliseconds; null for others, and if it is unknown",
    ),
    hasAlpha: Type.Boolean(),
    hasProfile: Type.Boolean({ description: "Whether a colour profile is embedded" }),
    orientation: Type.Integer({
      minimum: 1,
      maximum: 8,
      description: "EXIF orientation of the stored pixels",
    }),
    colorSpace: Type.String({ description: "Such as srgb, b-w, cmyk or rgb16" }),
    warnings: describedShape(
      Type.Array(Type.Union(WARNINGS.map((code) => Type.Literal(code)))),
      `Losses and assumptions of renders: ${describeWarnings()}`,
    ),
    sha256: Type.String({ description: "Of the original file, in 64 hexadecimal digits" }),
    dominantColor: Type.String({ description: "As #rrggbb" }),
    thumbhash: Type.String({
      description: "A ThumbHash in base64, see https://evanw.github.io/thumbhash/",
    }),
    revision: whole("Raised whenever an attribute changes"),
    createdAt: TIME,
    updatedAt: TIME,
    href: Type.String({
      format: "uri-reference",
      description: "Where the original is. Its v names a version, for caches",
    }),
    infoHref: Type.String({
      format: "uri-reference",
      description: "Where what is known of the image is, to be read and changed",
    }),
  },
  { description: "An image of the repository. Times are ISO 8601" },
);

/** A page of images. */
export const IMAGE_PAGE_SHAPE = pageOf("ImagePage", IMAGE_SHAPE);

/** An image that was deleted and can be restored. */
export const DELETED_IMAGE_SHAPE = answerShape(
  "DeletedImage",
  {
    ...IMAGE_SHAPE.properties,
    deletedAt: describedShape(TIME, "Since when"),
    restorableUntil: describedShape(TIME, "Until when it can be restored"),
  },
  { description: "An image that was deleted and can be restored" },
);

/** A page of deleted images. */
export const DELETED_IMAGE_PAGE_SHAPE = pageOf("DeletedImagePage", DELETED_IMAGE_SHAPE);

/** The number of images. */
export const IMAGE_COUNT_SHAPE = answerShape("ImageCount", {
  count: Type.Integer(),
  isExact: Type.Boolean({ description: "Whether it is their number; if not, there are at least so many" }),
});

/** The member names of an image's JSON. */
export type ImageField = keyof typeof IMAGE_SHAPE.properties;

/** Returns the shapes of all attributes, as members of an image. */
function attributeShapes(): Record<keyof ImageAttributes, TSchema> {
  const shapes = Object.entries(ATTRIBUTES).map(([name, { shape }]) => [name, shape] as const);
  const all = Object.fromEntries(shapes) as Record<keyof ImageAttributes, TSchema>;
  return { ...all, name: { ...ATTRIBUTES.name.shape, description: "The name; null if it is unknown" } };
}

function describeWarnings(): string {
  return WARNINGS.map((code) => `${code} (${IMAGE_WARNINGS[code]})`).join(", ");
}

function whole(description: string) {
  return Type.Integer({ minimum: 0, description });
}
