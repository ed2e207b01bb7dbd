import {
  cancelJob,
  findJob,
  JOB_ITEM_STATES,
  JOB_STATES,
  listJobItems,
  listJobs,
  retryJob,
} from "@progimage/core";
import { Elysia } from "elysia";
import { matchesAnyTag } from "../http/entity_tag.ts";
import { jobHeaders, jobItemJson, jobJson } from "../http/job_json.ts";
import { jobReader } from "../http/job_request.ts";
import { readPageQuery } from "../http/page_query.ts";
import { receiveObject } from "../http/receive_object.ts";
import type { ServerContext } from "../server_context.ts";
import { answerAcceptedJob, answerNewJob } from "./begin_job.ts";
import { JOB_DETAILS } from "./job_details.ts";
import { jobEventsRoute } from "./job_events.ts";
import { jobResultsRoute } from "./job_results.ts";

/** `/jobs`: many renders in the background. */
export function jobRoutes(context: ServerContext) {
  const { config, ports, publicUrl } = context;
  const readJob = jobReader(ports);
  return new Elysia({ prefix: "/jobs" })
    .post(
      "",
      async ({ request }) => {
        const json = await receiveObject(request, { ...config, maxJsonBytes: config.maxJobJsonBytes });
        return await answerNewJob(context, request, readJob(request, json));
      },
      { parse: "none", detail: JOB_DETAILS.createJob },
    )
    .get(
      "",
      async ({ request }) => {
        const { items, next } = await listJobs(ports, readPageQuery(request, JOB_STATES));
        return answerFresh({ items: items.map((job) => jobJson(job, publicUrl)), next });
      },
      { detail: JOB_DETAILS.listJobs },
    )
    .get(
      "/:id",
      async ({ request, params }) => {
        const job = await findJob(ports, params.id);
        const json = jobJson(job, publicUrl);
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
        const page = await listJobItems(ports, params.id, readPageQuery(request, JOB_ITEM_STATES));
        const itemContext = { job: page.job, publicUrl, transforms: ports.transforms };
        return answerFresh({
          items: page.items.map((item) => jobItemJson(item, itemContext)),
          next: page.next,
        });
      },
      { detail: JOB_DETAILS.listJobItems },
    )
    .get("/:id/events", jobEventsRoute(context), { detail: JOB_DETAILS.followJob })
    .get("/:id/results.zip", jobResultsRoute(context), { detail: { hide: true } })
    .post(
      "/:id/retry",
      async ({ params }) => answerAcceptedJob(await retryJob(ports, params.id), publicUrl),
      { parse: "none", detail: JOB_DETAILS.retryJob },
    )
    .delete(
      "/:id",
      async ({ params }) => answerFresh(jobJson(await cancelJob(ports, params.id), publicUrl)),
      { parse: "none", detail: JOB_DETAILS.cancelJob },
    );
}

function answerFresh(body: object): Response {
  return Response.json(body, { headers: { "cache-control": "private, no-cache" } });
}
