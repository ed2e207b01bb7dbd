import {
  createTenant,
  findTenant,
  listTenants,
  readShape,
  removeTenant,
  type Tenant,
  TENANT_PATCH_SHAPE,
  TENANT_REQUEST_SHAPE,
  tenantPorts,
  updateTenant,
} from "@progimage/core";
import { Elysia } from "elysia";
import { answerList } from "../answer/list_answer.ts";
import { tenantJson } from "../answer/tenant_json.ts";
import { TENANT_DETAILS } from "../open_api/tenant_details.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { readPageQuery } from "../request/page_query.ts";
import { receiveObject } from "../request/receive_object.ts";
import type { SharedContext } from "../server_context.ts";

/** `/tenants`: those who share this server. */
export function tenantRoutes(shared: SharedContext) {
  const { config, directory, keys, ports, tenants } = shared;
  const { now } = ports;
  return new Elysia({ prefix: "/tenants" })
    .post(
      "",
      async ({ request }) => {
        refuseIdempotencyKey(request);
        const wanted = readShape(TENANT_REQUEST_SHAPE, await receiveObject(request, config));
        const tenant = await createTenant({ tenants, now }, wanted);
        directory.forget();
        return answerTenant(tenant, { status: 201 });
      },
      { parse: "none", detail: TENANT_DETAILS.createTenant },
    )
    .get(
      "",
      async ({ request }) => {
        const { items, next } = await listTenants({ tenants }, readPageQuery(request));
        return answerList(request, { items: items.map(tenantJson), next });
      },
      { detail: TENANT_DETAILS.listTenants },
    )
    .get("/:id", async ({ params }) => answerTenant(await findTenant({ tenants }, params.id)), {
      detail: TENANT_DETAILS.describeTenant,
    })
    .patch(
      "/:id",
      async ({ request, params }) => {
        const patch = readShape(TENANT_PATCH_SHAPE, await receiveObject(request, config));
        const tenant = await updateTenant({ tenants }, params.id, patch);
        directory.forget();
        return answerTenant(tenant);
      },
      { parse: "none", detail: TENANT_DETAILS.updateTenant },
    )
    .delete(
      "/:id",
      async ({ request, params }) => {
        await removeTenant(tenantPorts(shared.of(request).ports, params.id), { keys, tenants });
        directory.forget();
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: TENANT_DETAILS.removeTenant },
    );
}

function answerTenant(tenant: Tenant, { status = 200 } = {}): Response {
  return Response.json(tenantJson(tenant), { status, headers: { "cache-control": "no-store" } });
}
