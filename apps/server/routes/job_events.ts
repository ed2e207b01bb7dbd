import { findJob, hasEnded } from "@progimage/core";
import { eventIdOf, jobEvents } from "../http/job_events.ts";
import { jobJson } from "../http/job_json.ts";
import { contextOf } from "../http/request_context.ts";
import type { ServerContext } from "../server_context.ts";

/** Seconds that the connection may be silent: more than twice as long as it is. */
const KEEP_ALIVE_SECONDS = 45;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Or nginx would gather what is meant to be seen at once.
  "x-accel-buffering": "no",
};

/** `GET /jobs/{id}/events`: how a job goes on, as it goes on. */
export function jobEventsRoute({ ports, publicUrl, watcher }: ServerContext) {
  return async ({
    request,
    params,
  }: {
    readonly request: Request;
    readonly params: { readonly id: string };
  }): Promise<Response> => {
    const job = await findJob(ports, params.id);
    const lastEventId = request.headers.get("last-event-id");
    // Tells browsers not to come back.
    if (hasEnded(job) && lastEventId === eventIdOf(job))
      return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
    const watch = watcher.watch(job);
    request.signal.addEventListener("abort", () => watch[Symbol.dispose]());
    if (request.signal.aborted) watch[Symbol.dispose]();
    const { keepAlive } = contextOf(request);
    keepAlive(KEEP_ALIVE_SECONDS);
    const events = jobEvents(watch, {
      job,
      lastEventId,
      write: (now) => jobJson(now, { publicUrl, transforms: ports.transforms }),
      onSent: () => keepAlive(KEEP_ALIVE_SECONDS),
    });
    return new Response(events, { headers: HEADERS });
  };
}
