import {
  ATTRIBUTES_SHAPE,
  EXPLAINED_SOURCE_SHAPE,
  IMAGE_FILTER_SHAPE,
  IMAGE_SHAPE,
  IMPORT_SHAPE,
  PATCH_SHAPE,
  type SelectionKind,
  selectionShape,
  SHARED_ATTRIBUTES_SHAPE,
} from "@progimage/core";
import { PROBLEMS } from "../problem/problem_kinds.ts";
import { openApiProperties, openApiSchema } from "./open_api_schema.ts";

const TEXT = { type: "string" } as const;
const WHOLE = { type: "integer" } as const;
const TIME = { type: "string", format: "date-time" } as const;

/** Images of the repository: the selection that most requests take. */
const SELECT_IMAGES = selectionSchema(["ids", "filter", "all"]);

/** A recipe, as the text of a URL or as steps. */
const RECIPE = {
  recipe: { ...TEXT, description: "Steps and format as in the query of a URL, instead of preset and steps" },
  preset: { ...TEXT, description: "The name of a preset, whose steps come first" },
  steps: { type: "array", items: { $ref: "#/components/schemas/Step" } },
  format: TEXT,
} as const;

const NOTICES = {
  type: "array",
  description: "What the operator should know: faults that do not keep the server from its work",
  items: {
    type: "object",
    required: ["code", "detail"],
    properties: { code: TEXT, detail: { ...TEXT, description: "The fault and its remedy" } },
  },
} as const;

/** The shapes of the API as OpenAPI describes them. */
export const SCHEMAS = {
  Health: {
    type: "object",
    required: ["status"],
    properties: { status: { type: "string", enum: ["ok"] } },
  },
  Readiness: {
    type: "object",
    required: ["status", "notices"],
    properties: { status: { type: "string", enum: ["ready"] }, notices: NOTICES },
  },
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
  Image: openApiSchema(IMAGE_SHAPE),
  ImagePage: {
    type: "object",
    required: ["items", "next"],
    properties: {
      items: { type: "array", items: { $ref: "#/components/schemas/Image" } },
      next: { type: "string", nullable: true, description: "The cursor of the next page" },
    },
  },
  ImageCount: {
    type: "object",
    required: ["count", "isExact"],
    properties: {
      count: WHOLE,
      isExact: {
        type: "boolean",
        description: "Whether it is their number; if not, there are at least so many",
      },
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
    description: "What became of an image: it has image or problem",
    required: ["index", "name", "status"],
    properties: {
      index: { ...WHOLE, description: "Its place among what was sent, counted from 0" },
      name: { ...TEXT, nullable: true, description: "What it is called, or would be; null if unknown" },
      status: WHOLE,
      image: { $ref: "#/components/schemas/Image" },
      problem: { $ref: "#/components/schemas/Problem" },
    },
  },
  UploadBatch: {
    type: "object",
    required: ["items", "counts"],
    properties: {
      items: { type: "array", items: { $ref: "#/components/schemas/UploadItem" } },
      counts: {
        type: "object",
        required: ["total", "succeeded", "failed"],
        properties: { total: WHOLE, succeeded: WHOLE, failed: WHOLE },
      },
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
      ...RECIPE,
      outputs: {
        type: "array",
        items: {
          type: "object",
          properties: {
            name: { ...TEXT, description: "The name of its file in the zip, without extension" },
            ...RECIPE,
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
  RecipeRequest: {
    type: "object",
    additionalProperties: false,
    properties: {
      ...RECIPE,
      source: {
        ...openApiSchema(EXPLAINED_SOURCE_SHAPE),
        description: "The id of an image, or the size of any",
      },
    },
  },
  ExplainedRecipe: {
    type: "object",
    required: ["recipe", "steps", "format", "result"],
    properties: {
      recipe: { ...TEXT, description: "As in the query of a URL" },
      steps: { type: "array", items: { $ref: "#/components/schemas/Step" } },
      format: { ...TEXT, nullable: true, description: "null leaves it to the request or the source" },
      result: {
        type: "object",
        nullable: true,
        description: "null without a source",
        required: ["width", "height", "pages"],
        properties: {
          width: {
            ...WHOLE,
            nullable: true,
            description: "Of a page in pixels; null if only the pixels tell",
          },
          height: {
            ...WHOLE,
            nullable: true,
            description: "Of a page in pixels; null if only the pixels tell",
          },
          pages: WHOLE,
        },
      },
    },
  },
  Step: {
    type: "object",
    required: ["transform"],
    properties: { transform: TEXT },
    additionalProperties: true,
    description: "A transform and its parameters; or `preset` and the `name` of one",
  },
  ImageFilter: {
    ...openApiSchema(IMAGE_FILTER_SHAPE),
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
      ...RECIPE,
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
    description:
      "Why a request failed (RFC 9457). More members may come: programs ignore those that they do not know",
    required: ["type", "title", "status", "detail", "code", "retryable"],
    properties: {
      type: {
        type: "string",
        format: "uri-reference",
        description: "A page that explains the code: /problems/{code}",
      },
      title: TEXT,
      status: WHOLE,
      detail: { ...TEXT, description: "For people, in English. It may be worded anew at any time" },
      code: {
        description: "A stable word for programs. More codes may come: programs go by the status then",
        anyOf: [{ type: "string", enum: Object.keys(PROBLEMS).toSorted() }, TEXT],
      },
      retryable: {
        type: "boolean",
        description: "Whether the same request can succeed later although its caller changes nothing",
      },
      requestId: {
        ...TEXT,
        description: "Finds the request in the log. The problem of an item of a job has none",
      },
      parameter: { ...TEXT, description: "The path of what is wrong" },
      limit: { type: "number", description: "The limit that was passed" },
      deletedAt: { ...TIME, description: "When the image was deleted" },
      restorableUntil: { ...TIME, description: "Until when it can be restored" },
      retryAfter: { type: "number", description: "Seconds after which another try makes sense" },
      known: { type: "array", items: TEXT },
      suggestion: TEXT,
      smallest: { type: "integer", description: "The fewest bytes that were reached" },
      sha256: { ...TEXT, description: "Of the stored bytes that are damaged" },
      output: { type: "integer", description: "The index of the output of a job that failed" },
      notices: { ...NOTICES, description: "At /readyz only: what else the operator should know" },
      cause: { ...TEXT, description: "With PROGIMAGE_DEBUG only: the error behind it, for developers" },
    },
  },
  Server: {
    type: "object",
    description: "What a server is, can do and allows. More members, features and limits may come",
    required: ["name", "version", "features", "formats", "limits"],
    properties: {
      name: TEXT,
      version: TEXT,
      features: {
        type: "array",
        items: TEXT,
        description: "What another server may not do: exchange, fetch, restore, webhooks",
      },
      formats: {
        type: "object",
        required: ["input", "output"],
        properties: { input: { type: "array", items: TEXT }, output: { type: "array", items: TEXT } },
      },
      limits: {
        type: "object",
        description: "By name: bytes, pixels and numbers of things",
        additionalProperties: WHOLE,
      },
    },
  },
  ProblemKind: {
    type: "object",
    description: "What a code means",
    required: ["type", "code", "status", "title", "meaning", "cause", "remedy", "retryable"],
    properties: {
      type: TEXT,
      code: TEXT,
      status: WHOLE,
      title: TEXT,
      meaning: TEXT,
      cause: { ...TEXT, description: "The usual cause" },
      remedy: TEXT,
      retryable: { type: "boolean" },
      reserved: { type: "boolean", description: "No answer has it yet" },
    },
  },
  ProblemKinds: {
    type: "object",
    required: ["items"],
    properties: { items: { type: "array", items: { $ref: "#/components/schemas/ProblemKind" } } },
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
