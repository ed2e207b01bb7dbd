import { PAGE_SHAPE, SHAPE_FORMATS } from "@progimage/core";
import type { DocumentDecoration } from "elysia";
import { answer, type Parameter, PROBLEM, queryOfShape, ref } from "./details.ts";

const ID: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The id of a tenant",
  schema: { type: "string", pattern: SHAPE_FORMATS["tenant"]?.pattern },
};

/** The OpenAPI descriptions of the operations on tenants. */
export const TENANT_DETAILS = {
  createTenant: {
    operationId: "createTenant",
    tags: ["Operations"],
    summary: "Make a tenant: it shares the server with others, and no data",
    description: "An id that is in use, or a host of another tenant, is a 409.",
    requestBody: { required: true, content: { "application/json": { schema: ref("TenantRequest") } } },
    responses: { 201: answer("The tenant", "Tenant"), ...PROBLEM },
  },
  listTenants: {
    operationId: "listTenants",
    tags: ["Operations"],
    summary: "List the tenants, ordered by id",
    description: "The first tenant, to which all belongs that no tenant is named for, is not among them.",
    parameters: [...queryOfShape(PAGE_SHAPE)],
    responses: { 200: answer("A page", "TenantPage"), ...PROBLEM },
  },
  describeTenant: {
    operationId: "describeTenant",
    tags: ["Operations"],
    summary: "How a tenant is",
    parameters: [ID],
    responses: { 200: answer("The tenant", "Tenant"), ...PROBLEM },
  },
  updateTenant: {
    operationId: "updateTenant",
    tags: ["Operations"],
    summary: "Change a tenant. Every process follows within a second",
    description: "`hosts` replaces all hosts; a limit that is `null` is lifted.",
    parameters: [ID],
    requestBody: { required: true, content: { "application/json": { schema: ref("TenantPatch") } } },
    responses: { 200: answer("The tenant as it is now", "Tenant"), ...PROBLEM },
  },
  removeTenant: {
    operationId: "removeTenant",
    tags: ["Operations"],
    summary: "Remove a tenant that has neither images nor jobs",
    description: "Another one is a 409. The command `tenants remove --erase` erases its images first.",
    parameters: [ID],
    responses: { 204: { description: "Removed" }, ...PROBLEM },
  },
  describeUsage: {
    operationId: "describeUsage",
    tags: ["Operations"],
    summary: "How much the caller's tenant stores, and how much it may",
    responses: { 200: answer("The use", "Usage"), ...PROBLEM },
  },
  listWebhookSecrets: {
    operationId: "listWebhookSecrets",
    tags: ["Operations"],
    summary: "The secrets by which the caller's tenant verifies its webhooks",
    description: "Those of the first tenant are those of the server, which are not shown.",
    responses: { 200: answer("The secrets", "WebhookSecrets"), ...PROBLEM },
  },
} satisfies Readonly<Record<string, DocumentDecoration>>;
