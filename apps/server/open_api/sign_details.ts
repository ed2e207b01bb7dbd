import type { DocumentDecoration } from "elysia";
import { answer, PROBLEM, ref } from "./details.ts";

/** The OpenAPI descriptions of the operations that sign. */
export const SIGN_DETAILS = {
  sign: {
    operationId: "sign",
    tags: ["Access"],
    summary: "Sign URLs that open without a key, or make an upload token",
    description:
      "A signed URL allows GET and HEAD of itself, as far as the key may do that. An upload token is a signed URL of `POST /images`, for one image as a raw body or as the file of a form.",
    parameters: [],
    requestBody: { required: true, content: { "application/json": { schema: ref("SignRequest") } } },
    responses: { 200: answer("The signed URLs, or the upload token", "Signed"), ...PROBLEM },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
