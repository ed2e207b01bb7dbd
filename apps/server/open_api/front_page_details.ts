import type { DocumentDecoration } from "elysia";
import { PROBLEM, ref } from "./details.ts";

/** The OpenAPI description of the front page. */
export const FRONT_PAGE_DETAILS = {
  describeServer: {
    operationId: "describeServer",
    tags: ["Operations"],
    summary: "Describe this server; browsers are redirected to its documentation",
    parameters: [],
    responses: {
      200: { description: "The server", content: { "application/json": { schema: ref("Server") } } },
      302: { description: "Where the documentation is, for those who would rather have a page" },
      ...PROBLEM,
    },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
