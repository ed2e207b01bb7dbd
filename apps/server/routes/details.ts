import type { DocumentDecoration } from "elysia";

type Parameter = NonNullable<DocumentDecoration["parameters"]>[number];
type Responses = NonNullable<DocumentDecoration["responses"]>;

const ID: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The id of an image",
  schema: { type: "string", format: "uuid" },
};

const BINARY = { schema: { type: "string", format: "binary" } } as const;

/** What every operation may answer besides its own. */
const PROBLEM: Responses = {
  default: {
    description: "A problem document (RFC 9457) with a stable `code`",
    content: { "application/problem+json": { schema: ref("Problem") } },
  },
};

const IMAGE: Responses = {
  200: { description: "The image", content: { "application/json": { schema: ref("Image") } } },
};

const BYTES: Responses = {
  200: { description: "The bytes of the image", content: { "image/*": BINARY } },
  206: { description: "The range asked for", content: { "image/*": BINARY } },
  304: { description: "What the caller has is still good" },
};

const UPLOAD_QUERY: readonly Parameter[] = [
  query("name", "Name of the image; a form's files bring their own"),
  {
    ...query("tag", "A tag; may come again"),
    schema: { type: "array", items: { type: "string" } },
    explode: true,
  },
  query("metadata", "A JSON object to keep with the image"),
  query("expires", "When the image is forgotten: seconds from now, or an ISO 8601 time"),
];

const IDEMPOTENCY_KEY: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  description: "A name for this upload: the same name and bytes again, within a day, give the same image",
  schema: { type: "string", maxLength: 255 },
};

const LIST_QUERY: readonly Parameter[] = [
  query("order", "createdAt, name or bytes; with a minus in front the last first", "-createdAt"),
  {
    ...query("limit", "Images on a page"),
    schema: { type: "integer", minimum: 1, maximum: 1000, default: 50 },
  },
  query("cursor", "The `next` of the page before"),
  query("format", "Only images stored in this format"),
  query("tag", "Only images with this tag"),
  query("sha256", "Only images with these bytes"),
  query("namePrefix", "Only images whose name begins like this; with the order name"),
  query("createdAfter", "Only images created at this time or later"),
  query("createdBefore", "Only images created before this time"),
];

/** The operations of the API as OpenAPI describes them. */
export const DETAILS = {
  uploadImages: {
    operationId: "uploadImages",
    tags: ["Images"],
    summary: "Store images",
    description:
      "A raw body of whatever type is one image. A form holds any number of files, answered one by one in their order.",
    parameters: [...UPLOAD_QUERY, IDEMPOTENCY_KEY],
    requestBody: {
      required: true,
      content: {
        "application/octet-stream": BINARY,
        "image/*": BINARY,
        "multipart/form-data": {
          schema: {
            type: "object",
            properties: { file: { type: "array", items: { type: "string", format: "binary" } } },
          },
        },
      },
    },
    responses: {
      200: {
        description: "What became of each of several files",
        content: { "application/json": { schema: ref("UploadItems") } },
      },
      201: { description: "The image, stored", content: { "application/json": { schema: ref("Image") } } },
      ...PROBLEM,
    },
  },
  listImages: {
    operationId: "listImages",
    tags: ["Images"],
    summary: "List images, page by page",
    parameters: [...LIST_QUERY],
    responses: {
      200: { description: "A page", content: { "application/json": { schema: ref("ImagePage") } } },
      ...PROBLEM,
    },
  },
  readImage: {
    operationId: "readImage",
    tags: ["Images"],
    summary: "The original bytes; with steps, rendered in the format that suits the caller",
    parameters: [ID],
    responses: { ...BYTES, ...PROBLEM },
  },
  convertImage: {
    operationId: "convertImage",
    tags: ["Images"],
    summary: "The image in another format, transformed by the steps of the query in their order",
    parameters: [ID],
    responses: { ...BYTES, ...PROBLEM },
  },
  describeImage: {
    operationId: "describeImage",
    tags: ["Images"],
    summary: "What is known of an image",
    parameters: [ID],
    responses: { ...IMAGE, ...PROBLEM },
  },
  updateImage: {
    operationId: "updateImage",
    tags: ["Images"],
    summary: "Change name, tags, metadata, focal point or expiry by a JSON merge patch (RFC 7396)",
    parameters: [
      ID,
      { name: "If-Match", in: "header", description: "The ETag of its info", schema: { type: "string" } },
    ],
    requestBody: {
      required: true,
      content: {
        "application/merge-patch+json": { schema: { type: "object" } },
        "application/json": { schema: { type: "object" } },
      },
    },
    responses: { ...IMAGE, ...PROBLEM },
  },
  removeImage: {
    operationId: "removeImage",
    tags: ["Images"],
    summary: "Forget an image",
    parameters: [
      ID,
      { name: "If-Match", in: "header", description: "The ETag of its info", schema: { type: "string" } },
    ],
    responses: { 204: { description: "Forgotten" }, ...PROBLEM },
  },
  listTransforms: {
    operationId: "listTransforms",
    tags: ["Transforms"],
    summary: "What can be done to images, with the JSON Schema of every parameter",
    parameters: [],
    responses: {
      200: { description: "The catalogue", content: { "application/json": { schema: { type: "object" } } } },
      ...PROBLEM,
    },
  },
  isAlive: operations("isAlive", "Whether the process lives"),
  isReady: operations("isReady", "Whether it can do its work"),
} satisfies Readonly<Record<string, DocumentDecoration>>;

function operations(operationId: string, summary: string) {
  const answer = {
    description: "Yes",
    content: { "application/json": { schema: { type: "object" as const } } },
  };
  return {
    operationId,
    tags: ["Operations"],
    summary,
    parameters: [],
    responses: { 200: answer, ...PROBLEM },
  };
}

function query(name: string, description: string, value?: string): Parameter {
  return { name, in: "query", description, schema: { type: "string", default: value } };
}

function ref(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
