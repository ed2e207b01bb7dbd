import type { DocumentDecoration } from "elysia";
import { PROBLEM, ref } from "./details.ts";

/** The OpenAPI descriptions of the operations on problem codes. */
export const PROBLEM_DETAILS = {
  listProblems: {
    operationId: "listProblems",
    tags: ["Operations"],
    summary: "List the codes of problems: what they mean and what helps",
    parameters: [],
    responses: {
      200: {
        description: "The codes, by status",
        content: {
          "application/json": { schema: ref("ProblemKinds") },
          "text/html": { schema: { type: "string" } },
        },
      },
      ...PROBLEM,
    },
  },
  describeProblem: {
    operationId: "describeProblem",
    tags: ["Operations"],
    summary: "The meaning of a code and what helps: the type of a problem leads here",
    parameters: [{ name: "code", in: "path", required: true, schema: { type: "string" } }],
    responses: {
      200: {
        description: "The code",
        content: {
          "application/json": { schema: ref("ProblemKind") },
          "text/html": { schema: { type: "string" } },
        },
      },
      ...PROBLEM,
    },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
