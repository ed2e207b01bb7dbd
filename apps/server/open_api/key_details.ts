import { PAGE_SHAPE } from "@progimage/core";
import { Type } from "@sinclair/typebox";
import type { DocumentDecoration } from "elysia";
import { answer, PROBLEM, queryOfShape, ref } from "./details.ts";

/** The query of a page of keys. */
export const KEY_LIST_SHAPE = {
  ...PAGE_SHAPE,
  properties: {
    ...PAGE_SHAPE.properties,
    tenant: Type.Optional(
      Type.String({
        description: "The keys of another tenant: needs the scope `server`. Empty for the first",
      }),
    ),
  },
};

const TENANT = {
  name: "tenant",
  in: "query",
  description: "The other tenant that the key belongs to: needs the scope `server`",
  schema: { type: "string" },
} as const;

/** The OpenAPI descriptions of the operations on keys. */
export const KEY_DETAILS = {
  createKey: {
    operationId: "createKey",
    tags: ["Operations"],
    summary: "Make a key, whose text is shown once",
    description: "Its scopes are among those of its maker.",
    parameters: [],
    requestBody: { required: true, content: { "application/json": { schema: ref("KeyRequest") } } },
    responses: { 201: answer("The key", "NewKey"), ...PROBLEM },
  },
  listKeys: {
    operationId: "listKeys",
    tags: ["Operations"],
    summary: "List the keys of the tenant, also those that are not valid any more, the newest first",
    parameters: [...queryOfShape(KEY_LIST_SHAPE)],
    responses: { 200: answer("A page", "KeyPage"), ...PROBLEM },
  },
  revokeKey: {
    operationId: "revokeKey",
    tags: ["Operations"],
    summary: "Revoke a key for good: it is refused within a second, and so is every URL that it has signed",
    parameters: [
      { name: "id", in: "path", required: true, description: "The id of a key", schema: { type: "string" } },
      TENANT,
    ],
    responses: { 200: answer("The key", "Key"), ...PROBLEM },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
