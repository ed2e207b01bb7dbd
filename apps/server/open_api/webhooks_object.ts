import type { JsonObject } from "./open_api_document.ts";

const TEXT = { type: "string" } as const;

/** The messages that the server sends to webhooks. @see https://www.standardwebhooks.com */
export const WEBHOOKS: JsonObject = {
  "job.ended": {
    post: {
      operationId: "hearJobEnded",
      tags: ["Jobs"],
      summary: "A job with a webhook has ended",
      description: "It is sent again until a status of 2xx shows that it was heard. 410 ends that.",
      parameters: [
        header("webhook-id", "The same whenever it is sent again"),
        header("webhook-timestamp", "When it was sent, in seconds since 1970"),
        header("webhook-signature", "Signatures as Standard Webhooks has them, with a space between"),
      ],
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/JobEnded" } } },
      },
      responses: {
        "2XX": { description: "It was heard" },
        410: { description: "It shall not be sent again" },
      },
    },
  },
};

/** The schemas used only by webhooks. */
export const WEBHOOK_SCHEMAS: JsonObject = {
  JobEnded: {
    type: "object",
    description: "The end of a run of a job. More members may come",
    required: ["type", "timestamp", "data"],
    properties: {
      type: { type: "string", enum: ["job.ended"] },
      timestamp: { type: "string", format: "date-time", description: "When the job ended" },
      data: {
        type: "object",
        description: "More members may come",
        required: ["job"],
        properties: {
          job: { $ref: "#/components/schemas/Job" },
          tenant: { ...TEXT, description: "The tenant of the job. The first tenant has none" },
        },
      },
    },
  },
};

function header(name: string, description: string): JsonObject {
  return { name, in: "header", required: true, description, schema: TEXT };
}
