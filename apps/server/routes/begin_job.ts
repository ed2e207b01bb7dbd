import {
  createJob,
  createJobOnce,
  hasEnded,
  type Job,
  type JobRequest,
  ProgImageError,
  resendWebhook,
} from "@progimage/core";
import { jobScopes } from "../access/body_rights.ts";
import { requireScope } from "../access/require_scope.ts";
import { idempotencyKeyOf } from "../request/idempotency_key.ts";
import { jobHeaders, jobJson, type JobJsonContext } from "../jobs/job_json.ts";
import type { ServerContext } from "../server_context.ts";

/**
 * Creates the requested job, only once for each `Idempotency-Key`, and answers with it.
 *
 * @throws {ProgImageError} `invalid_parameter`, `feature_disabled`, `key_reused`, `source_refused` for a webhook with a forbidden address
 */
export async function answerNewJob(
  { ports, publicUrl, webhooks }: Pick<ServerContext, "ports" | "publicUrl" | "webhooks">,
  request: Request,
  wanted: JobRequest,
): Promise<Response> {
  requireScope(request, ...jobScopes(wanted, ports.transforms));
  if (wanted.webhook) await checkWebhook(webhooks, wanted.webhook);
  const key = idempotencyKeyOf(request);
  const begun =
    key === null
      ? { job: await createJob(ports, wanted), isReplayed: false }
      : await createJobOnce(ports, key, wanted);
  return answerAcceptedJob(
    begun.job,
    { publicUrl, transforms: ports.transforms },
    begun.isReplayed ? { "idempotent-replayed": "true" } : {},
  );
}

/** Returns the answer for an accepted job. */
export function answerAcceptedJob(
  job: Job,
  context: JobJsonContext,
  more: Readonly<Record<string, string>> = {},
): Response {
  const json = jobJson(job, context);
  const headers = { ...jobHeaders(job, json), "cache-control": "no-store", location: json.href, ...more };
  return Response.json(json, { status: hasEnded(job) ? 200 : 202, headers });
}

/** Queues another notification of a job's webhook, and answers with the job. */
export async function answerResentWebhook(
  { ports, publicUrl, webhooks }: Pick<ServerContext, "ports" | "publicUrl" | "webhooks">,
  id: string,
): Promise<Response> {
  requireWebhooks(webhooks);
  const json = jobJson(await resendWebhook(ports, id), { publicUrl, transforms: ports.transforms });
  return Response.json(json, {
    status: 202,
    headers: { location: json.href, "cache-control": "no-store" },
  });
}

async function checkWebhook(webhooks: ServerContext["webhooks"], url: string): Promise<void> {
  await requireWebhooks(webhooks).check(url);
}

function requireWebhooks(webhooks: ServerContext["webhooks"]): NonNullable<ServerContext["webhooks"]> {
  if (webhooks) return webhooks;
  throw new ProgImageError(
    "feature_disabled",
    "Cannot use webhook as this server signs none: PROGIMAGE_WEBHOOK_SECRET is not set",
    { details: { parameter: "webhook" } },
  );
}
