import { JOB_EVENTS_SHAPE } from "../jobs/job_events.ts";
import { JOB_ITEM_PAGE_SHAPE, JOB_PAGE_SHAPE } from "../request/page_query.ts";
import type { DocumentDecoration } from "elysia";
import { answer, JOB_KEY, type Parameter, PROBLEM, queryOfShape, ref } from "./details.ts";

const ID: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The id of a job",
  schema: { type: "string", format: "uuid" },
};

const LAST_EVENT_ID: Parameter = {
  name: "Last-Event-ID",
  in: "header",
  description: "The `id` of the last event that was seen: nothing older is sent",
  schema: { type: "string" },
};

/** The OpenAPI descriptions of the operations on jobs. */
export const JOB_DETAILS = {
  createJob: {
    operationId: "createJob",
    tags: ["Jobs"],
    summary: "Have many images processed in the background",
    description:
      "Each source is rendered to each output, behind whoever waits for a single image. Without outputs, what lies elsewhere is stored as it is.",
    parameters: [JOB_KEY],
    requestBody: { required: true, content: { "application/json": { schema: ref("JobRequest") } } },
    responses: {
      200: answer("The job of an earlier request with the same key, which has ended", "Job"),
      202: answer("The job", "Job"),
      ...PROBLEM,
    },
  },
  listJobs: {
    operationId: "listJobs",
    tags: ["Jobs"],
    summary: "List jobs, the newest first",
    parameters: [...queryOfShape(JOB_PAGE_SHAPE)],
    responses: { 200: answer("A page", "JobPage"), ...PROBLEM },
  },
  describeJob: {
    operationId: "describeJob",
    tags: ["Jobs"],
    summary: "How a job is",
    parameters: [ID],
    responses: {
      200: answer("The job", "Job"),
      304: { description: "It is as the caller knows it" },
      ...PROBLEM,
    },
  },
  listJobItems: {
    operationId: "listJobItems",
    tags: ["Jobs"],
    summary: "List the items of a job, in the order of its sources",
    parameters: [ID, ...queryOfShape(JOB_ITEM_PAGE_SHAPE)],
    responses: { 200: answer("A page", "JobItemPage"), ...PROBLEM },
  },
  followJob: {
    operationId: "followJob",
    tags: ["Jobs"],
    summary: "How a job goes on, as server-sent events",
    description:
      "Events `progress`, and one `end`, each with the whole job as its data; at most four a second, and only when something has changed. With `items=true` also `item`, with an item as its data. The stream ends after the job.",
    parameters: [ID, ...queryOfShape(JOB_EVENTS_SHAPE), LAST_EVENT_ID],
    responses: {
      200: { description: "Events", content: { "text/event-stream": { schema: { type: "string" } } } },
      204: { description: "The job has ended, and the caller knows" },
      ...PROBLEM,
    },
  },
  readResults: {
    operationId: "readJobResults",
    tags: ["Jobs"],
    summary: "All results of a job that has ended, as a zip",
    description:
      "A folder for each image, numbered from 1 in the order of the sources. What was evicted meanwhile is rendered again. `errors.json` lists what has failed.",
    parameters: [ID],
    responses: {
      200: {
        description: "The zip",
        content: { "application/zip": { schema: { type: "string", format: "binary" } } },
      },
      ...PROBLEM,
    },
  },
  cancelJob: {
    operationId: "cancelJob",
    tags: ["Jobs"],
    summary: "End a job early",
    description: "Work under way is finished. A job that has ended stays as it is until it expires.",
    parameters: [ID],
    responses: { 200: answer("The job as it is now", "Job"), ...PROBLEM },
  },
  deleteJob: {
    operationId: "deleteJob",
    tags: ["Jobs"],
    summary: "Delete a job that has ended",
    description: "The images and files that it has made stay. A job that has not ended is a 409.",
    parameters: [ID],
    responses: { 204: { description: "Deleted" }, ...PROBLEM },
  },
  resendWebhook: {
    operationId: "resendWebhook",
    tags: ["Jobs"],
    summary: "Tell the webhook of a job that has ended once more",
    description:
      "It has the same `webhook-id` as before. A job without a webhook, or that has not ended, is a 409.",
    parameters: [ID],
    responses: { 202: answer("The job, whose delivery is pending", "Job"), ...PROBLEM },
  },
  retryJob: {
    operationId: "retryJob",
    tags: ["Jobs"],
    summary: "Try again what has failed in a job that has ended",
    parameters: [ID],
    responses: { 202: answer("The job, running again", "Job"), ...PROBLEM },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
