import type { JsonOf, USAGE_SHAPE } from "@progimage/core";
import { Elysia } from "elysia";
import { contextOf } from "../http/request_context.ts";
import { TENANT_DETAILS } from "../open_api/tenant_details.ts";
import type { SharedContext } from "../server_context.ts";

/** `GET /usage`: how much the caller's tenant stores, and how much it may. */
export function usageRoutes({ usage }: SharedContext) {
  return new Elysia().get(
    "/usage",
    async ({ request }) => {
      const { tenant } = contextOf(request).caller;
      const json: JsonOf<typeof USAGE_SHAPE> = { tenant, ...(await usage.read(tenant)) };
      return Response.json(json, { headers: { "cache-control": "no-store" } });
    },
    { detail: TENANT_DETAILS.describeUsage },
  );
}
