import {
  IMAGE_FILTER_SHAPE,
  type Keywords,
  LIST_SHAPE,
  OUTPUT_EXTENSIONS,
  PAGE_SHAPE,
  type Shape,
} from "@progimage/core";
import type { DocumentDecoration } from "elysia";
import { openApiTextSchema } from "./open_api_schema.ts";

export type Parameter = NonNullable<DocumentDecoration["parameters"]>[number];
export type Responses = NonNullable<DocumentDecoration["responses"]>;

const ID: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The id of an image",
  schema: { type: "string", format: "uuid" },
};

const NAME: Parameter = { name: "name", in: "path", required: true, schema: { type: "string" } };

/** Any bytes. */
export const BINARY = { schema: { type: "string", format: "binary" } } as const;

/** The problem answer of every operation, besides its own answers. */
export const PROBLEM: Responses = {
  default: {
    description: "A problem document (RFC 9457) with a stable `code`",
    content: { "application/problem+json": { schema: ref("Problem") } },
  },
};

const IMAGE: Responses = {
  200: { description: "The image", content: { "application/json": { schema: ref("Image") } } },
};

const NOT_MODIFIED = { description: "The caller's copy is still valid" };

const BYTES: Responses = {
  200: { description: "The bytes of the image", content: { "image/*": BINARY } },
  206: { description: "The range asked for", content: { "image/*": BINARY } },
  304: NOT_MODIFIED,
};

/** The query that selects the image and the handling of the result for a service. */
export const RENDER_QUERY: readonly Parameter[] = [
  query("source", "The id of an image, or an http or https URL: instead of a body"),
  {
    ...query("format", "The format of the result; without it what Accept names, or the source's own"),
    schema: { type: "string", enum: [...OUTPUT_EXTENSIONS, "auto"] },
  },
  { ...query("save", "Stores the result as a new image"), schema: { type: "boolean", default: false } },
];

/** Request bodies with images. */
export const SOURCE_BODIES = {
  "image/*": BINARY,
  "application/octet-stream": BINARY,
};

const RENDER_FORM = {
  type: "object" as const,
  properties: {
    image: BINARY.schema,
    recipe: {
      type: "string" as const,
      description: "Steps and format as in the query of a URL, or the JSON of a RenderRequest",
    },
    source: { type: "string" as const, description: "The id of an image, or an http or https URL" },
    save: { type: "boolean" as const, description: "Stores the result as a new image. Default: false" },
  },
  additionalProperties: BINARY.schema,
};

const PROCESSED: Responses = {
  200: {
    description: "The result; of several, a zip, or what became of each that was to be stored",
    content: {
      "image/*": BINARY,
      "application/zip": BINARY,
      "application/json": { schema: ref("UploadItems") },
    },
  },
  201: {
    description: "The result, stored as a new image",
    content: { "application/json": { schema: ref("Image") } },
  },
};

const UPDATE = {
  tags: ["Images"],
  summary: "Change the attributes by a JSON merge patch (RFC 7396)",
  parameters: [ID, ifMatch("The ETag of its description")],
  requestBody: {
    required: true,
    content: {
      "application/merge-patch+json": { schema: ref("ImagePatch") },
      "application/json": { schema: ref("ImagePatch") },
    },
  },
  responses: { ...IMAGE, ...PROBLEM },
};

/** Identifies a request that begins a job. */
export const JOB_KEY: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "A name for this request: the same name and request again give the same job, as long as it is kept",
  schema: { type: "string", maxLength: 255 },
};

/** The OpenAPI descriptions of the API's operations. */
export const DETAILS = {
  importImages: {
    operationId: "importImages",
    tags: ["Images"],
    summary: "Store files of the operator as they are, in the background",
    description:
      "Files of the exchange whose names begin with a prefix, or all of them: a folder or a part of a bucket that the operator has opened. Each becomes an image with the last part of its name, and its whole name as `importedFrom` in the metadata.",
    parameters: [JOB_KEY],
    requestBody: { required: true, content: { "application/json": { schema: ref("ImportRequest") } } },
    responses: {
      200: {
        description: "The job of an earlier request with the same key, which has ended",
        content: { "application/json": { schema: ref("Job") } },
      },
      202: {
        description: "The job that does it; Location is where to follow it",
        content: { "application/json": { schema: ref("Job") } },
      },
      ...PROBLEM,
    },
  },
  listImages: {
    operationId: "listImages",
    tags: ["Images"],
    summary: "List images, page by page",
    parameters: listQuery(LIST_SHAPE),
    responses: answers("A page", ref("ImagePage")),
  },
  countImages: {
    operationId: "countImages",
    tags: ["Images"],
    summary: "Count the images that pass the filters of a list, up to 10,000",
    parameters: listQuery(IMAGE_FILTER_SHAPE),
    responses: answers("The number", ref("ImageCount")),
  },
  readImage: {
    operationId: "readImage",
    tags: ["Images"],
    summary: "The original bytes; with steps, rendered in the format that suits the caller",
    parameters: [ID, ifMatch("The ETag of the expected bytes")],
    responses: { ...BYTES, ...PROBLEM },
  },
  convertImage: {
    operationId: "renderImage",
    tags: ["Images"],
    summary: "The image in another format, transformed by the steps of the query in their order",
    parameters: [ID, ifMatch("The ETag of the expected bytes")],
    responses: { ...BYTES, ...PROBLEM },
  },
  describeImage: {
    operationId: "describeImage",
    tags: ["Images"],
    summary: "Describe an image",
    parameters: [ID, ifMatch("The ETag of the expected description")],
    responses: { ...IMAGE, 304: NOT_MODIFIED, ...PROBLEM },
  },
  updateImage: { operationId: "updateImage", ...UPDATE },
  updateImageItself: {
    operationId: "updateImageItself",
    ...UPDATE,
    summary: "Another path of PATCH /images/{id}/info",
  },
  removeImage: {
    operationId: "deleteImage",
    tags: ["Images"],
    summary: "Delete an image: it can be restored for some days",
    parameters: [ID, ifMatch("The ETag of its description, or of its original bytes")],
    responses: { 204: { description: "Deleted" }, ...PROBLEM },
  },
  listDeletedImages: {
    operationId: "listDeletedImages",
    tags: ["Images"],
    summary: "List deleted images that can be restored, those deleted last first",
    parameters: [...queryOfShape(PAGE_SHAPE)],
    responses: answers("A page", ref("DeletedImagePage")),
  },
  restoreImage: {
    operationId: "restoreImage",
    tags: ["Images"],
    summary: "Restore a deleted image as it was",
    parameters: [ID],
    responses: { ...IMAGE, ...PROBLEM },
  },
  eraseImage: {
    operationId: "eraseImage",
    tags: ["Images"],
    summary: "Erase an image for good, deleted or not, with its bytes and what was rendered of it",
    description:
      "The bytes stay if another image has the same ones, also a deleted one that can be restored. Bytes that cannot be removed at the moment go as soon as they can.",
    parameters: [ID, ifMatch("The ETag of its description, or of its original bytes, unless it is deleted")],
    responses: { 204: { description: "Erased" }, ...PROBLEM },
  },
  bulkImages: {
    operationId: "bulkImages",
    tags: ["Images"],
    summary: "Describe, update, delete, restore, erase or purge many images, named by ids or by a filter",
    parameters: [],
    requestBody: { required: true, content: { "application/json": { schema: ref("BulkRequest") } } },
    responses: {
      200: {
        description: "The result for each image, in order",
        content: {
          "application/json": { schema: ref("BulkItems") },
          "application/x-ndjson": { schema: ref("BulkItem") },
        },
      },
      ...PROBLEM,
    },
  },
  sendArchive: {
    operationId: "archiveImages",
    tags: ["Images"],
    summary: "Many images as a zip or tar: the originals, or what a recipe makes of them",
    description:
      "Files are called by their number and the name of their image. What could not be had is listed in errors.json, the last file.",
    parameters: [],
    requestBody: { required: true, content: { "application/json": { schema: ref("ArchiveRequest") } } },
    responses: {
      200: {
        description: "The archive",
        content: { "application/zip": BINARY, "application/x-tar": BINARY },
      },
      ...PROBLEM,
    },
  },
  purgeImage: {
    operationId: "purgeImage",
    tags: ["Images"],
    summary: "Have everything that was rendered of an image rendered anew when it is asked for",
    parameters: [ID],
    responses: { 204: { description: "Purged" }, ...PROBLEM },
  },
  purgeImages: {
    operationId: "purgeImages",
    tags: ["Images"],
    summary: "Purge what was rendered of some images, of those with a tag, or of all",
    parameters: [],
    requestBody: { required: true, content: { "application/json": { schema: ref("PurgeRequest") } } },
    responses: answers("The purged images", ref("Purged")),
  },
  listTransforms: {
    operationId: "listTransforms",
    tags: ["Transforms"],
    summary: "List the transforms, with the JSON Schema of every parameter",
    parameters: [],
    responses: answers("The catalogue", ref("TransformCatalogue")),
  },
  describeTransform: {
    operationId: "describeTransform",
    tags: ["Transforms"],
    summary: "Describe one transform, with the JSON Schema of every parameter",
    parameters: [{ ...NAME, description: "The name of a transform" }],
    responses: answers("The transform", ref("TransformDescription")),
  },
  describePreset: {
    operationId: "describePreset",
    tags: ["Transforms"],
    summary: "One named recipe of this server",
    parameters: [{ ...NAME, description: "The name of a preset; with @ and a number one of its versions" }],
    responses: answers("The preset", ref("PresetDescription")),
  },
  listPresets: {
    operationId: "listPresets",
    tags: ["Transforms"],
    summary: "The named recipes of this server",
    parameters: [],
    responses: answers("The presets", ref("PresetCatalogue")),
  },
  explainRecipe: {
    operationId: "explainRecipe",
    tags: ["Transforms"],
    summary: "How a recipe is written in a URL and in JSON, and how large its result is",
    description:
      "Nothing is rendered. With `source`, the id of an image or any width and height, `result` is predicted.",
    parameters: [],
    requestBody: { required: true, content: { "application/json": { schema: ref("RecipeRequest") } } },
    responses: {
      200: {
        description: "The recipe in its canonical spellings",
        content: { "application/json": { schema: ref("ExplainedRecipe") } },
      },
      ...PROBLEM,
    },
  },
  render: {
    operationId: "render",
    tags: ["Transforms"],
    summary: "Carry out a recipe on images that come along, are stored here, or lie at a URL",
    description:
      "The recipe is the query, as in the URL of an image; or JSON as the body, or in the field `recipe` of a form. With `outputs`, or several images, the answer is a zip. Nothing is kept unless `save` says so.",
    parameters: [...RENDER_QUERY],
    requestBody: {
      content: {
        ...SOURCE_BODIES,
        "multipart/form-data": { schema: RENDER_FORM },
        "application/json": { schema: ref("RenderRequest") },
      },
    },
    responses: { ...PROCESSED, ...PROBLEM },
  },
  transform: {
    tags: ["Transforms"],
    responses: { ...PROCESSED, ...PROBLEM },
  },
  isAlive: operations("checkHealth", "Whether the process lives", ref("Health")),
  isReady: {
    ...operations("checkReadiness", "Whether it can do its work", ref("Readiness")),
    description: "Callers with the scope `server` also get the reason if it cannot, and `notices`.",
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;

/** Returns the answers of an operation with a JSON result. */
function answers(description: string, schema: object): Responses {
  return { 200: { description, content: { "application/json": { schema } } }, ...PROBLEM };
}

/** Returns one JSON answer, with a component as its schema. */
export function answer(description: string, schema: string): Responses[string] {
  return { description, content: { "application/json": { schema: ref(schema) } } };
}

function operations(operationId: string, summary: string, schema: object) {
  return { operationId, tags: ["Operations"], summary, parameters: [], responses: answers("Yes", schema) };
}

function ifMatch(description: string): Parameter {
  return { name: "If-Match", in: "header", description, schema: { type: "string" } };
}

export function query(name: string, description: string, value?: string): Parameter {
  return { name, in: "query", description, schema: { type: "string", default: value } };
}

/** Returns the query parameters of a shape. */
export function queryOfShape({
  properties,
}: {
  readonly properties: Readonly<Record<string, Shape>>;
}): readonly Parameter[] {
  return Object.entries(properties).map(([name, shape]) => {
    const { description, ...schema } = openApiTextSchema(shape);
    return { ...query(name, String(description)), schema };
  });
}

/** Each key of metadata is a parameter of its own. */
function listQuery(shape: Parameters<typeof queryOfShape>[0]): Parameter[] {
  const { metadata }: Readonly<Record<string, Keywords | undefined>> = shape.properties;
  const [value = {}] = Object.values(metadata?.patternProperties ?? {});
  return queryOfShape(shape).map((each) =>
    "name" in each && each.name === "metadata"
      ? { ...each, name: "metadata.{key}", schema: openApiTextSchema(value) }
      : each,
  );
}

export function ref(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
