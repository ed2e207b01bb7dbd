import {
  ATTRIBUTES,
  ATTRIBUTES_SHAPE,
  FILTER_SHAPE,
  IMPORT_SHAPE,
  PATCH_SHAPE,
  type SelectionKind,
  selectionShape,
  SHARED_ATTRIBUTES_SHAPE,
} from "@progimage/core";
import { PROBLEMS } from "../http/problem.ts";
import { openApiProperties, openApiSchema } from "./open_api_schema.ts";

const TEXT = { type: "string" } as const;
const WHOLE = { type: "integer" } as const;
const TIME = { type: "string", format: "date-time" } as const;

/** Images of the repository: the selection that most requests take. */
const SELECT_IMAGES = selectionSchema(["ids", "filter", "all"]);

/** The attributes of an image that is stored. */
const IMAGE_ATTRIBUTES = Object.fromEntries(
  Object.entries(ATTRIBUTES).map(([name, { shape }]) => [name, shape]),
);

/** The shapes of the API as OpenAPI describes them. */
export const SCHEMAS = {
  ImageAttributes: {
    ...openApiSchema(ATTRIBUTES_SHAPE),
    description: "What may be said of an image. At most one of expiresAt and expiresIn",
  },
  SharedAttributes: {
    ...openApiSchema(SHARED_ATTRIBUTES_SHAPE),
    description: "What may be said of many images, each of which has a name of its own",
  },
  ImagePatch: {
    ...openApiSchema(PATCH_SHAPE),
    description: "A JSON merge patch (RFC 7396): what is absent stays, null sets it back",
  },
  Image: {
    type: "object",
    required: [
      "id",
      "name",
      "format",
      "mediaType",
      "bytes",
      "width",
      "height",
      "pages",
      "sha256",
      "createdAt",
      "href",
    ],
    properties: {
      id: { type: "string", format: "uuid" },
      ...openApiProperties(IMAGE_ATTRIBUTES),
      format: { type: "string", enum: ["jpeg", "png", "webp", "avif", "gif", "tiff", "svg"] },
      mediaType: TEXT,
      bytes: WHOLE,
      width: { ...WHOLE, description: "Of one page in pixels, after EXIF orientation" },
      height: { ...WHOLE, description: "Of one page in pixels, after EXIF orientation" },
      pages: { ...WHOLE, description: "Frames of an animation, pages of a TIFF" },
      hasAlpha: { type: "boolean" },
      orientation: { ...WHOLE, minimum: 1, maximum: 8, description: "EXIF orientation of the stored pixels" },
      colorSpace: TEXT,
      sha256: { ...TEXT, description: "Of the original bytes" },
      dominantColor: { ...TEXT, description: "#rrggbb" },
      placeholder: { ...TEXT, description: "A ThumbHash in base64" },
      createdAt: TIME,
      updatedAt: TIME,
      href: { type: "string", format: "uri" },
    },
  },
  ImagePage: {
    type: "object",
    required: ["items", "next"],
    properties: {
      items: { type: "array", items: { $ref: "#/components/schemas/Image" } },
      next: { type: "string", nullable: true, description: "The cursor of the next page" },
    },
  },
  DeletedImage: {
    description: "An image that was deleted and can be restored",
    allOf: [
      { $ref: "#/components/schemas/Image" },
      {
        type: "object",
        required: ["deletedAt", "restorableUntil"],
        properties: { deletedAt: TIME, restorableUntil: TIME },
      },
    ],
  },
  DeletedImagePage: {
    type: "object",
    required: ["items", "next"],
    properties: {
      items: { type: "array", items: { $ref: "#/components/schemas/DeletedImage" } },
      next: { type: "string", nullable: true, description: "The cursor of the next page" },
    },
  },
  UploadItems: {
    type: "object",
    required: ["items"],
    properties: {
      items: {
        type: "array",
        items: { $ref: "#/components/schemas/UploadItem" },
      },
    },
  },
  UploadItem: {
    type: "object",
    required: ["status"],
    properties: {
      status: WHOLE,
      image: { $ref: "#/components/schemas/Image" },
      problem: { $ref: "#/components/schemas/Problem" },
      name: { ...TEXT, description: "Of what was not stored: what it is called in the form or archive" },
    },
  },
  UploadFrom: {
    type: "object",
    description: "Where images lie, and what to say of them",
    properties: {
      url: { type: "string", format: "uri" },
      urls: { type: "array", items: { type: "string", format: "uri" } },
      ...openApiProperties(ATTRIBUTES_SHAPE.properties),
    },
  },
  RenderRequest: {
    type: "object",
    properties: {
      source: { ...TEXT, description: "The id of an image, or an http or https URL" },
      sources: { type: "array", items: TEXT },
      preset: { ...TEXT, description: "The name of a preset, whose steps come first" },
      steps: { type: "array", items: { $ref: "#/components/schemas/Step" } },
      format: TEXT,
      outputs: {
        type: "array",
        items: {
          type: "object",
          properties: {
            name: { ...TEXT, description: "The name of its file in the zip, without extension" },
            preset: TEXT,
            steps: { type: "array", items: { $ref: "#/components/schemas/Step" } },
            format: TEXT,
          },
        },
      },
      reuse: {
        type: "boolean",
        default: false,
        description: "Derive results that begin with a shrink from one decode",
      },
      save: {
        description: "Store the results as new images: true, or their attributes",
        oneOf: [{ type: "boolean" }, { $ref: "#/components/schemas/ImageAttributes" }],
      },
    },
  },
  Step: {
    type: "object",
    required: ["transform"],
    properties: { transform: TEXT },
    additionalProperties: true,
    description: "A transform and its parameters",
  },
  ImageFilter: {
    ...openApiSchema(FILTER_SHAPE),
    description: "The filters of a list, in the combinations that it has",
    minProperties: 1,
  },
  BulkRequest: {
    type: "object",
    required: ["action", "select"],
    description: "What to do, and with which images. Images are restored by ids",
    additionalProperties: false,
    properties: {
      action: { type: "string", enum: ["describe", "update", "delete", "restore", "erase", "purge"] },
      select: SELECT_IMAGES,
      patch: { $ref: "#/components/schemas/ImagePatch" },
    },
  },
  BulkItems: {
    type: "object",
    required: ["items"],
    properties: { items: { type: "array", items: { $ref: "#/components/schemas/BulkItem" } } },
  },
  BulkItem: {
    type: "object",
    required: ["status", "id"],
    properties: {
      status: WHOLE,
      id: TEXT,
      image: { $ref: "#/components/schemas/Image" },
      problem: { $ref: "#/components/schemas/Problem" },
    },
  },
  ArchiveRequest: {
    type: "object",
    required: ["select"],
    description: "Which images; without a recipe the originals",
    additionalProperties: false,
    properties: {
      select: SELECT_IMAGES,
      container: { type: "string", enum: ["zip", "tar"], default: "zip" },
      preset: { ...TEXT, description: "The name of a preset, whose steps come first" },
      steps: { type: "array", items: { $ref: "#/components/schemas/Step" } },
      format: TEXT,
    },
  },
  ImportRequest: {
    ...openApiSchema(IMPORT_SHAPE),
    required: ["select"],
    properties: {
      ...openApiProperties(IMPORT_SHAPE.properties),
      select: selectionSchema(["exchange"]),
      attributes: { $ref: "#/components/schemas/SharedAttributes" },
    },
  },
  PurgeRequest: {
    type: "object",
    description: "Exactly one of its properties",
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: {
      select: SELECT_IMAGES,
      tag: { ...TEXT, description: "Another name of the filter by a tag" },
    },
  },
  Purged: {
    type: "object",
    required: ["purged", "missing"],
    properties: {
      purged: { ...WHOLE, nullable: true, description: "How many images there were; null for all of them" },
      missing: { type: "array", items: TEXT, description: "Ids that were named, of which there is no image" },
    },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status", "detail", "code", "requestId"],
    properties: {
      type: TEXT,
      title: TEXT,
      status: WHOLE,
      detail: TEXT,
      code: { type: "string", enum: Object.keys(PROBLEMS) },
      requestId: TEXT,
      parameter: { ...TEXT, description: "The parameter at fault" },
      limit: { type: "number", description: "The limit that was passed" },
      retryAfter: { type: "number", description: "Seconds after which another try makes sense" },
      known: { type: "array", items: TEXT },
      suggestion: TEXT,
    },
  },
} as const;

/** Returns the schema of a selection of these kinds. */
export function selectionSchema(kinds: readonly SelectionKind[]) {
  const filter = { $ref: "#/components/schemas/ImageFilter" };
  const { properties, ...schema } = openApiSchema(selectionShape(kinds));
  return {
    ...schema,
    description: "Which images are meant: exactly one of these",
    minProperties: 1,
    maxProperties: 1,
    properties: { ...(properties as object), ...(kinds.includes("filter") && { filter }) },
  };
}
