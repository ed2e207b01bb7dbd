import { ATTRIBUTES_SHAPE } from "@progimage/core";
import type { DocumentDecoration } from "elysia";
import { BINARY, type Parameter, PROBLEM, queryOfShape, ref } from "./details.ts";
import { openApiTextSchema } from "./open_api_schema.ts";

/** The attributes in the syntax of queries and forms. */
const UPLOAD_FIELDS = Object.entries(ATTRIBUTES_SHAPE.properties).map(
  ([name, shape]) => [name, openApiTextSchema(shape)] as const,
);

const UPLOAD_QUERY = queryOfShape(ATTRIBUTES_SHAPE);

const IDEMPOTENCY_KEY: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "A name for this request: the same name, path, attributes and bytes again, within a day, give the same image. Another request with it is a 422 `key_reused`",
  schema: { type: "string", maxLength: 255 },
};

const PREFER: Parameter = {
  name: "Prefer",
  in: "header",
  description:
    "`respond-async` has a job store the images of an archive, a form, `urls` or `items`. Under an `Idempotency-Key` the same request gives the same job, as long as it is kept",
  schema: { type: "string" },
};

const UPLOAD = {
  tags: ["Images"],
  parameters: [...UPLOAD_QUERY, IDEMPOTENCY_KEY, PREFER],
  requestBody: {
    required: true,
    content: {
      "application/octet-stream": BINARY,
      "image/*": BINARY,
      "multipart/form-data": {
        schema: {
          type: "object",
          required: ["file"],
          properties: {
            ...Object.fromEntries(UPLOAD_FIELDS),
            file: { type: "array", minItems: 1, items: { type: "string", format: "binary" } },
          },
        },
      },
      "application/x-tar": BINARY,
      "application/gzip": BINARY,
      "application/zip": BINARY,
      "application/json": { schema: ref("UploadFrom") },
    },
  },
} satisfies DocumentDecoration;

const QUEUED_UPLOAD = {
  description:
    "With `Prefer: respond-async`: the job that stores the images of an archive, a form, `urls` or `items`",
  content: { "application/json": { schema: ref("Job") } },
};

/** The answer to a repeated request with the same idempotency key, as for jobs. */
const ENDED_UPLOAD = "the job of an earlier request with the same key, which has ended";

/** The OpenAPI descriptions of the operations that store images. */
export const UPLOAD_DETAILS = {
  uploadImages: {
    operationId: "uploadImages",
    summary: "Store images",
    description:
      "A raw body of whatever type is one image. A form or an archive (tar, tar.gz, zip) holds any number of files, answered one by one in their order; as lines, as soon as they are settled.",
    ...UPLOAD,
    responses: {
      200: {
        description: `What became of each of several files; or ${ENDED_UPLOAD}`,
        content: {
          "application/json": { schema: { anyOf: [ref("UploadItems"), ref("Job")] } },
          "application/x-ndjson": { schema: ref("UploadItem") },
        },
      },
      201: { description: "The image, stored", content: { "application/json": { schema: ref("Image") } } },
      202: QUEUED_UPLOAD,
      ...PROBLEM,
    },
  },
  uploadBatch: {
    operationId: "uploadBatch",
    summary: "Store images, and answer in one shape however many they are",
    description:
      "Takes what `POST /images` takes. In lines, the last one has the counts, and the status is 207: what becomes of the images is not known when the answer begins.",
    ...UPLOAD,
    responses: {
      200: {
        description: `All were stored; or ${ENDED_UPLOAD}`,
        content: { "application/json": { schema: { anyOf: [ref("UploadBatch"), ref("Job")] } } },
      },
      202: QUEUED_UPLOAD,
      207: {
        description: "Not all were stored; or an answer in lines, or of more than 32 MB",
        content: {
          "application/json": { schema: ref("UploadBatch") },
          "application/x-ndjson": { schema: ref("UploadItem") },
        },
      },
      ...PROBLEM,
    },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
