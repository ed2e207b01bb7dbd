import {
  cancelJob,
  findJob,
  type JobItemStatus,
  type JobStatus,
  listJobItems,
  listJobs,
  removeJob,
  retryJob,
} from "@progimage/core";
import { Elysia } from "elysia";
import { matchesAnyTag } from "../answer/entity_tag.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { jobHeaders, jobItemJson, jobJson } from "../jobs/job_json.ts";
import { jobReader } from "../jobs/job_request.ts";
import { answerList } from "../answer/list_answer.ts";
import { JOB_ITEM_PAGE_SHAPE, JOB_PAGE_SHAPE, readPageQuery } from "../request/page_query.ts";
import { receiveObject } from "../request/receive_object.ts";
import { contextOf } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";
import { answerAcceptedJob, answerNewJob, answerResentWebhook } from "./begin_job.ts";
import { JOB_DETAILS } from "../open_api/job_details.ts";
import { findPermittedJob } from "./find_permitted_job.ts";
import { jobEventsRoute } from "./job_events.ts";
import { jobResultsRoute } from "./job_results.ts";

/** Seconds that the connection may be silent while the items of a job are removed. */
const KEEP_ALIVE_SECONDS = 255;

/** `/jobs`: many renders in the background. */
export function jobRoutes(shared: SharedContext) {
  const { config, ports, publicUrl } = shared;
  const shown = { publicUrl, transforms: ports.transforms };
  const readJob = jobReader(ports);
  return new Elysia({ prefix: "/jobs" })
    .post(
      "",
      async ({ request }) => {
        const json = await receiveObject(request, { ...config, maxJsonBytes: config.maxJobJsonBytes });
        return await answerNewJob(shared.of(request), request, readJob(request, json));
      },
      { parse: "none", detail: JOB_DETAILS.createJob },
    )
    .get(
      "",
      async ({ request }) => {
        const { items, next } = await listJobs(
          shared.of(request).ports,
          readPageQuery<JobStatus>(request, JOB_PAGE_SHAPE),
        );
        return answerList(request, { items: items.map((job) => jobJson(job, shown)), next });
      },
      { detail: JOB_DETAILS.listJobs },
    )
    .get(
      "/:id",
      async ({ request, params }) => {
        const job = await findJob(shared.of(request).ports, params.id);
        const json = jobJson(job, shown);
        const headers = jobHeaders(job, json);
        if (matchesAnyTag(request.headers.get("if-none-match"), headers["etag"] ?? ""))
          return new Response(null, { status: 304, headers });
        return Response.json(json, { headers });
      },
      { detail: JOB_DETAILS.describeJob },
    )
    .get(
      "/:id/items",
      async ({ request, params }) => {
        const query = readPageQuery<JobItemStatus>(request, JOB_ITEM_PAGE_SHAPE);
        const page = await listJobItems(shared.of(request).ports, params.id, query);
        const itemContext = { job: page.job, ...shown };
        return answerList(request, {
          items: page.items.map((item) => jobItemJson(item, itemContext)),
          next: page.next,
        });
      },
      { detail: JOB_DETAILS.listJobItems },
    )
    .get("/:id/events", jobEventsRoute(shared), { detail: JOB_DETAILS.followJob })
    .get("/:id/results.zip", jobResultsRoute(shared), { detail: { hide: true } })
    .post(
      "/:id/retry",
      async ({ request, params }) => {
        refuseIdempotencyKey(request);
        const own = shared.of(request).ports;
        const { id } = await findPermittedJob(own, request, params.id);
        return answerAcceptedJob(await retryJob(own, id), shown);
      },
      { parse: "none", detail: JOB_DETAILS.retryJob },
    )
    .post(
      "/:id/webhook",
      async ({ request, params }) => {
        refuseIdempotencyKey(request);
        return await answerResentWebhook(shared.of(request), params.id);
      },
      { parse: "none", detail: JOB_DETAILS.resendWebhook },
    )
    .post(
      "/:id/cancel",
      async ({ request, params }) => {
        refuseIdempotencyKey(request);
        return answerFresh(jobJson(await cancelJob(shared.of(request).ports, params.id), shown));
      },
      { parse: "none", detail: JOB_DETAILS.cancelJob },
    )
    .delete(
      "/:id",
      async ({ request, params }) => {
        contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
        await removeJob(shared.of(request).ports, params.id);
        return new Response(null, { status: 204 });
      },
      { parse: "none", detail: JOB_DETAILS.deleteJob },
    );
}

function answerFresh(body: object): Response {
  return Response.json(body, { headers: { "cache-control": "private, no-cache" } });
}
