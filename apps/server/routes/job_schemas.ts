import { JOB_ITEM_STATES, JOB_PRIORITIES, JOB_STATES } from "@progimage/core";
import { ref } from "./details.ts";
import { SCHEMAS } from "./schemas.ts";

const TEXT = { type: "string" } as const;
const WHOLE = { type: "integer" } as const;
const TIME = { type: "string", format: "date-time" } as const;
const LINK = { type: "string", format: "uri" } as const;

const DELIVERY = {
  description:
    "What becomes of the results: new images, kept derivatives, a zip to be had later, or files below a prefix",
  oneOf: [
    { type: "string", enum: ["images", "derivatives", "archive"] },
    { type: "object", required: ["prefix"], properties: { prefix: TEXT }, additionalProperties: false },
  ],
};

/** The shapes of jobs as OpenAPI describes them. */
export const JOB_SCHEMAS = {
  JobRequest: {
    type: "object",
    required: ["sources"],
    additionalProperties: false,
    properties: {
      sources: {
        type: "object",
        description: "One of ids, urls, filter (the images that there are now) and files; or all",
        minProperties: 1,
        additionalProperties: false,
        properties: {
          ids: { type: "array", items: { type: "string", format: "uuid" }, minItems: 1 },
          urls: { type: "array", items: TEXT, minItems: 1 },
          filter: ref("ImageFilter"),
          files: { ...TEXT, description: "Files whose names begin like this, where the server has some" },
          all: { type: "boolean", enum: [true], description: "All images" },
        },
      },
      outputs: SCHEMAS.RenderRequest.properties.outputs,
      deliver: { ...DELIVERY, default: "images" },
      priority: { ...TEXT, enum: [...JOB_PRIORITIES], default: "normal" },
      webhook: { ...LINK, description: "Hears when the job has ended, by a signed POST" },
      attributes: ref("SharedAttributes"),
      lifetime: {
        ...WHOLE,
        minimum: 1,
        default: 604_800,
        description: "Seconds that the job stays after its end",
      },
    },
  },
  Job: {
    type: "object",
    required: ["id", "state", "total", "done", "failed", "run", "createdAt", "href"],
    properties: {
      id: { type: "string", format: "uuid" },
      state: {
        ...TEXT,
        enum: [...JOB_STATES],
        description: "done may have failed items; failed means the job itself",
      },
      total: { ...WHOLE, nullable: true, description: "Items; null until all are known" },
      done: { ...WHOLE, description: "Items that have come out well" },
      failed: { ...WHOLE, description: "Items that have not" },
      run: { ...WHOLE, description: "Raised each time what failed is tried again" },
      priority: { ...TEXT, enum: [...JOB_PRIORITIES] },
      sources: { type: "object" },
      outputs: {
        type: "array",
        items: { type: "object", properties: { name: { ...TEXT, nullable: true }, recipe: TEXT } },
      },
      deliver: DELIVERY,
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
    required: ["place", "source", "state", "results", "problem"],
    properties: {
      place: { ...WHOLE, description: "Counted from 1, in the order of the sources" },
      source: {
        type: "object",
        description: "Its id, url or file; or as it is called where it was sent along: entry or upload",
      },
      state: { ...TEXT, enum: [...JOB_ITEM_STATES] },
      results: {
        type: "array",
        items: {
          type: "object",
          required: ["output", "format", "bytes", "href"],
          properties: {
            output: { ...WHOLE, description: "Counted from 1" },
            name: { ...TEXT, nullable: true },
            format: TEXT,
            bytes: WHOLE,
            image: { type: "string", format: "uuid", description: "The image that was stored" },
            file: { ...TEXT, description: "The file that was written" },
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
      output: { ...WHOLE, description: "The output that failed, counted from 1" },
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
