import type { ServerContext } from "./server_context.ts";
import { beginContext } from "./http/request_context.ts";
import { problemOf, problemResponse } from "./http/problem.ts";

/** Answers a request: what an Elysia app does, for instance. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** Seconds that a connection may be silent. Uploads and renders ask for more. */
const IDLE_SECONDS = 30;

/** Bun's own limit answers without a body, before we see the request: ours come first. */
const BODY_BACKSTOP_FACTOR = 2;

/** Listens, and gives each request its id, its line in the log and the headers that every answer has. */
export function listen(answer: Answer, { config, log }: Pick<ServerContext, "config" | "log">) {
  return Bun.serve({
    hostname: config.host,
    port: config.port,
    development: false,
    reusePort: config.httpProcesses > 1,
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: BODY_BACKSTOP_FACTOR * Math.max(config.maxRequestBytes, config.maxUploadBytes),
    async fetch(request, server) {
      const startedAt = performance.now();
      const { id } = beginContext(request, (seconds) => server.timeout(request, seconds));
      const response = await answer(request);
      response.headers.set("x-content-type-options", "nosniff");
      response.headers.set("x-request-id", id);
      if (log.isLevelEnabled("info"))
        log.info(line(request, response, id, performance.now() - startedAt), "request");
      return response;
    },
    error(error) {
      log.error({ err: error }, "Cannot answer a request");
      return problemResponse(problemOf(error, { requestId: "unknown", debug: config.debug }));
    },
  });
}

function line(request: Request, response: Response, requestId: string, milliseconds: number) {
  const { method, url } = request;
  const path = url.slice(url.indexOf("/", "https://".length));
  return { requestId, method, path, status: response.status, ms: Math.round(milliseconds * 10) / 10 };
}
