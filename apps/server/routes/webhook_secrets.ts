import { type JsonOf, ProgImageError } from "@progimage/core";
import { Elysia } from "elysia";
import { Refusal } from "../http/refusal.ts";
import { contextOf } from "../http/request_context.ts";
import { tenantWebhookSecrets, webhookSecretText } from "../jobs/webhook_secret.ts";
import { TENANT_DETAILS } from "../open_api/tenant_details.ts";
import type { SharedContext } from "../server_context.ts";
import type { WEBHOOK_SECRETS_SHAPE } from "../shape/webhook_secrets_shape.ts";

/** `GET /webhook-secrets`: the secrets by which the caller's tenant verifies its webhooks. */
export function webhookSecretRoutes({ config }: SharedContext) {
  return new Elysia().get(
    "/webhook-secrets",
    ({ request }) => {
      const { tenant } = contextOf(request).caller;
      const { access, webhookSecrets } = config;
      if (access === "open") throw notShown();
      if (webhookSecrets.length === 0) throw notSet();
      if (tenant === "") throw ofServer();
      const secrets = tenantWebhookSecrets(webhookSecrets, tenant).map(webhookSecretText);
      const json: JsonOf<typeof WEBHOOK_SECRETS_SHAPE> = { secrets };
      return Response.json(json, { headers: { "cache-control": "no-store" } });
    },
    { detail: TENANT_DETAILS.listWebhookSecrets },
  );
}

/** Everyone could read them in mode `open`: they would still be valid when the operator has closed the server. */
function notShown(): ProgImageError {
  const message =
    "Cannot show secrets as PROGIMAGE_ACCESS is open: the command bun start tenants webhook-secrets shows them";
  return new ProgImageError("feature_disabled", message);
}

function notSet(): ProgImageError {
  const message = "Cannot show secrets as this server signs no webhooks: PROGIMAGE_WEBHOOK_SECRET is not set";
  return new ProgImageError("feature_disabled", message);
}

/** The secrets of all other tenants are made from these. */
function ofServer(): Refusal {
  const message =
    "Cannot show the secrets of the first tenant as they are those of the server: its operator has them as PROGIMAGE_WEBHOOK_SECRET";
  return new Refusal("forbidden", message);
}
