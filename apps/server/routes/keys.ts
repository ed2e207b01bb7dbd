import {
  createKey,
  findTenant,
  type JsonOf,
  KEY_REQUEST_SHAPE,
  listKeys,
  type NEW_KEY_SHAPE,
  ProgImageError,
  readShape,
  revokeKey,
  type Scope,
} from "@progimage/core";
import { Elysia } from "elysia";
import { requireExpiry } from "../access/key/require_expiry.ts";
import { requireScope } from "../access/require_scope.ts";
import { keyJson } from "../answer/key_json.ts";
import { answerList } from "../answer/list_answer.ts";
import { contextOf } from "../http/request_context.ts";
import { KEY_DETAILS, KEY_LIST_SHAPE } from "../open_api/key_details.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { DEFAULT_LIMIT } from "../request/page_query.ts";
import { readQuery } from "../request/read_query.ts";
import { receiveObject } from "../request/receive_object.ts";
import type { SharedContext } from "../server_context.ts";

const FRESH = { "cache-control": "no-store" };

/** `/keys`: the keys of the caller's tenant, for callers with `admin`. Keys with `server` may name another tenant. */
export function keyRoutes({ config, keyDirectory, keys, ports, signatures, tenants }: SharedContext) {
  const { now } = ports;
  return new Elysia({ prefix: "/keys" })
    .post(
      "",
      async ({ request }) => {
        refuseIdempotencyKey(request);
        if (!signatures) throw notNeeded();
        const body = readShape(KEY_REQUEST_SHAPE, await receiveObject(request, config));
        const tenant = tenantFor(request, body.tenant);
        if (tenant !== "") await findTenant({ tenants }, tenant);
        const scopes = body.scopes as readonly Scope[];
        requireScope(request, ...scopes);
        const expiresAt = body.expiresAt ? Date.parse(body.expiresAt) : null;
        await requireExpiry(expiresAt, contextOf(request).caller, keyDirectory);
        const { key, text } = await createKey(
          { keys, now },
          { tenant, scopes, label: body.label, expiresAt },
        );
        const signingSecret = signatures.secretOf(key.id);
        const json: JsonOf<typeof NEW_KEY_SHAPE> = { ...keyJson(key), key: text, signingSecret };
        return Response.json(json, { status: 201, headers: FRESH });
      },
      { parse: "none", detail: KEY_DETAILS.createKey },
    )
    .get(
      "",
      async ({ request }) => {
        const query = readQuery(request, KEY_LIST_SHAPE) as KeyListQuery;
        const { limit = DEFAULT_LIMIT, cursor, tenant } = query;
        const page = await listKeys({ keys }, { tenant: tenantFor(request, tenant), limit, cursor });
        return answerList(request, { items: page.items.map(keyJson), next: page.next });
      },
      { detail: KEY_DETAILS.listKeys },
    )
    .post(
      "/:id/revoke",
      async ({ request, params }) => {
        refuseIdempotencyKey(request);
        const { tenant } = readQuery(request, KEY_REVOKE_SHAPE) as Pick<KeyListQuery, "tenant">;
        const revoked = await revokeKey({ keys }, tenantFor(request, tenant), params.id);
        keyDirectory.forget(revoked.id);
        return Response.json(keyJson(revoked), { headers: FRESH });
      },
      { parse: "none", detail: KEY_DETAILS.revokeKey },
    );
}

interface KeyListQuery {
  readonly limit?: number;
  readonly cursor?: string;
  readonly tenant?: string;
}

const KEY_REVOKE_SHAPE = {
  ...KEY_LIST_SHAPE,
  properties: { tenant: KEY_LIST_SHAPE.properties.tenant },
};

/** Everyone can make a key in mode `open`: it would still be valid when the operator has closed the server. */
function notNeeded(): ProgImageError {
  return new ProgImageError(
    "feature_disabled",
    "Cannot make key as PROGIMAGE_ACCESS is open: the command bun start keys create makes one before keys are needed",
  );
}

/** Returns the tenant whose keys a request is about. */
function tenantFor(request: Request, named: string | undefined): string {
  const { tenant } = contextOf(request).caller;
  if (named === undefined || named === tenant) return tenant;
  requireScope(request, "server");
  return named;
}
