import { findJob, hasEnded } from "@progimage/core";
import { hasValidKey } from "../access/key/has_valid_key.ts";
import { eventIdOf, readEventId } from "../jobs/job_event_id.ts";
import { JOB_EVENTS_SHAPE, jobEvents } from "../jobs/job_events.ts";
import { JobItemFeed } from "../jobs/job_item_feed.ts";
import { jobItemJson, jobJson } from "../jobs/job_json.ts";
import { limitWatch } from "../jobs/limited_watch.ts";
import { readQuery } from "../request/read_query.ts";
import { contextOf } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";

/** Seconds that the connection may be silent: more than twice the interval of comments. */
const KEEP_ALIVE_SECONDS = 45;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Otherwise nginx would buffer the events.
  "x-accel-buffering": "no",
};

/** `GET /jobs/{id}/events`: the progress of a job as server-sent events. */
export function jobEventsRoute(shared: SharedContext) {
  const shown = { publicUrl: shared.publicUrl, transforms: shared.ports.transforms };
  return async ({
    request,
    params,
  }: {
    readonly request: Request;
    readonly params: { readonly id: string };
  }): Promise<Response> => {
    const { items: hasItems = false } = readQuery(request, JOB_EVENTS_SHAPE);
    const { ports, watcher } = shared.of(request);
    const job = await findJob(ports, params.id);
    const seen = readEventId(request.headers.get("last-event-id"));
    // Tells browsers not to reconnect.
    if (hasEnded(job) && seen?.shown === eventIdOf(job) && (!hasItems || seen.items))
      return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
    // Otherwise it would be answered at the end of the stream.
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    const { caller, keepAlive } = contextOf(request);
    const watch = limitWatch(watcher.watch(job), {
      lifetime: shared.config.eventStreamMs,
      mayContinue: () => hasValidKey(caller, { keyDirectory: shared.keyDirectory, now: ports.now }),
    });
    request.signal.addEventListener("abort", () => watch[Symbol.dispose]());
    if (request.signal.aborted) watch[Symbol.dispose]();
    keepAlive(KEEP_ALIVE_SECONDS);
    const sent = seen?.run === job.run ? seen.items : null;
    const find = ports.jobs.items.bind(ports.jobs);
    const events = jobEvents(watch, {
      job,
      seen,
      feed: hasItems ? new JobItemFeed(job, { find, sent }) : undefined,
      write: (now) => jobJson(now, shown),
      writeItem: (item, now) => jobItemJson(item, { job: now, ...shown }),
      onSent: () => keepAlive(KEEP_ALIVE_SECONDS),
    });
    return new Response(events, { headers: HEADERS });
  };
}
