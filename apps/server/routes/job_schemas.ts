import { JOB_ITEM_STATUSES, JOB_SHAPE, JOB_STATUSES } from "@progimage/core";
import { ref } from "./details.ts";
import { openApiProperties, openApiSchema } from "./open_api_schema.ts";
import { SCHEMAS, selectionSchema } from "./schemas.ts";

const TEXT = { type: "string" } as const;
const WHOLE = { type: "integer" } as const;
const TIME = { type: "string", format: "date-time" } as const;
const LINK = { type: "string", format: "uri" } as const;

const DELIVERY = {
  description:
    "What becomes of the results: new images, kept derivatives, a zip to be had later, or files in the exchange of the operator",
  oneOf: [
    { type: "string", enum: ["images", "derivatives", "archive"] },
    {
      type: "object",
      required: ["exchange"],
      additionalProperties: false,
      properties: {
        exchange: {
          type: "object",
          required: ["prefix"],
          additionalProperties: false,
          properties: { prefix: { ...TEXT, description: "What the names of the files begin with" } },
        },
      },
    },
  ],
};

/** The shapes of jobs as OpenAPI describes them. */
export const JOB_SCHEMAS = {
  JobRequest: {
    ...openApiSchema(JOB_SHAPE),
    required: ["select"],
    properties: {
      ...openApiProperties(JOB_SHAPE.properties),
      select: selectionSchema(["ids", "urls", "filter", "exchange", "all"]),
      outputs: SCHEMAS.RenderRequest.properties.outputs,
      deliver: { ...DELIVERY, description: `${DELIVERY.description}. Required if there are outputs` },
      attributes: ref("SharedAttributes"),
    },
  },
  Job: {
    type: "object",
    required: ["id", "status", "counts", "attempt", "select", "outputs", "deliver", "createdAt", "href"],
    properties: {
      id: { type: "string", format: "uuid" },
      label: { ...openApiSchema(JOB_SHAPE.properties.label), nullable: true },
      metadata: openApiSchema(JOB_SHAPE.properties.metadata),
      status: {
        ...TEXT,
        enum: [...JOB_STATUSES],
        description: "failed means all items, or the job itself: problem says why",
      },
      counts: {
        type: "object",
        required: ["total", "succeeded", "failed", "cancelled"],
        properties: {
          total: { ...WHOLE, nullable: true, description: "Items; null until all are known" },
          succeeded: WHOLE,
          failed: WHOLE,
          cancelled: { ...WHOLE, description: "Items that had not had their turn when the job ended" },
        },
      },
      attempt: { ...WHOLE, description: "1, raised each time what failed is tried again" },
      select: {
        type: "object",
        nullable: true,
        description:
          "As it was asked, but for ids and urls, which are null: they are in the items. null for files that were sent along",
      },
      onlyNew: { type: "boolean" },
      outputs: {
        type: "array",
        items: {
          type: "object",
          required: ["name", "steps", "format", "recipe"],
          properties: {
            name: { ...TEXT, nullable: true },
            steps: { type: "array", items: ref("Step") },
            format: { ...TEXT, nullable: true },
            recipe: { ...TEXT, description: "The same as the query of a URL" },
          },
        },
      },
      deliver: DELIVERY,
      attributes: ref("SharedAttributes"),
      priority: openApiSchema(JOB_SHAPE.properties.priority),
      webhook: { ...LINK, nullable: true, description: "Without its user, password and query" },
      webhookDelivery: {
        type: "object",
        nullable: true,
        description: "How the webhook was told of the end; null before that, and without one",
        required: ["status", "attempts", "lastStatus", "lastAttemptAt"],
        properties: {
          status: { ...TEXT, enum: ["pending", "delivered", "failed"] },
          attempts: WHOLE,
          lastStatus: { ...WHOLE, nullable: true, description: "What the last attempt was answered with" },
          lastAttemptAt: { ...TIME, nullable: true },
        },
      },
      keepSeconds: openApiSchema(JOB_SHAPE.properties.keepSeconds),
      createdAt: TIME,
      startedAt: { ...TIME, nullable: true },
      finishedAt: { ...TIME, nullable: true },
      expiresAt: {
        ...TIME,
        nullable: true,
        description: "From then on it is not found; null until it has ended",
      },
      problem: { ...ref("JobProblem") },
      href: LINK,
      itemsHref: LINK,
      eventsHref: LINK,
      resultsHref: LINK,
    },
  },
  JobPage: page("Job"),
  JobItem: {
    type: "object",
    required: ["index", "source", "status", "results", "problem"],
    properties: {
      index: { ...WHOLE, description: "Counted from 0, in the order of the sources" },
      source: {
        type: "object",
        description:
          "Its id, its url, or its name in the exchange; or as it is called where it was sent along: entry or upload",
      },
      status: { ...TEXT, enum: [...JOB_ITEM_STATUSES] },
      results: {
        type: "array",
        items: {
          type: "object",
          required: ["output", "format", "bytes", "href"],
          properties: {
            output: { ...WHOLE, description: "The index of the output" },
            name: { ...TEXT, nullable: true },
            format: TEXT,
            bytes: WHOLE,
            imageId: { type: "string", format: "uuid", description: "The image that was stored" },
            exchange: { ...TEXT, description: "The name of the file in the exchange that was written" },
            href: { ...LINK, nullable: true },
          },
        },
      },
      problem: { ...ref("JobProblem") },
    },
  },
  JobItemPage: page("JobItem"),
  JobProblem: {
    type: "object",
    nullable: true,
    required: ["type", "title", "status", "detail", "code", "retryable"],
    properties: {
      type: TEXT,
      title: TEXT,
      status: WHOLE,
      detail: TEXT,
      code: SCHEMAS.Problem.properties.code,
      retryable: SCHEMAS.Problem.properties.retryable,
      output: { ...WHOLE, description: "The index of the output that failed" },
    },
  },
};

function page(name: string) {
  return {
    type: "object",
    required: ["items", "next"],
    properties: {
      items: { type: "array", items: ref(name) },
      next: { type: "string", nullable: true, description: "The cursor of the next page" },
    },
  };
}
