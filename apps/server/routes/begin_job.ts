import {
  createJob,
  createJobOnce,
  hasEnded,
  type Job,
  type JobRequest,
  ProgImageError,
} from "@progimage/core";
import { idempotencyKeyOf } from "../http/idempotency_key.ts";
import { jobHeaders, jobJson, type JobJsonContext } from "../http/job_json.ts";
import type { ServerContext } from "../server_context.ts";

/**
 * Begins the job that a request asks for, once for each `Idempotency-Key`, and answers with it.
 *
 * @throws {ProgImageError} `invalid_parameter`, `feature_disabled`, `key_reused`, `source_refused` for a webhook that may not be sent to
 */
export async function answerNewJob(
  { ports, publicUrl, webhooks }: Pick<ServerContext, "ports" | "publicUrl" | "webhooks">,
  request: Request,
  wanted: JobRequest,
): Promise<Response> {
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

/** Answers that a job will be carried out. */
export function answerAcceptedJob(
  job: Job,
  context: JobJsonContext,
  more: Readonly<Record<string, string>> = {},
): Response {
  const json = jobJson(job, context);
  const headers = { ...jobHeaders(job, json), "cache-control": "no-store", location: json.href, ...more };
  return Response.json(json, { status: hasEnded(job) ? 200 : 202, headers });
}

async function checkWebhook(webhooks: ServerContext["webhooks"], url: string): Promise<void> {
  if (!webhooks) {
    throw new ProgImageError(
      "feature_disabled",
      'Cannot begin job because of "webhook": this server signs none, as PROGIMAGE_WEBHOOK_SECRET is not set',
      { details: { parameter: "webhook" } },
    );
  }
  await webhooks.check(url);
}
