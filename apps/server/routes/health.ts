import { isProgImageError, type JsonOf, ProgImageError } from "@progimage/core";
import { Elysia } from "elysia";
import { problemOf, problemResponse } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";
import type { READINESS_SHAPE } from "../shape/server_shape.ts";
import { DETAILS } from "../open_api/details.ts";

const HEADERS = { "cache-control": "no-store" };

/** `/healthz`: the process is alive. `/readyz`: it can serve requests; its reasons and notices are for callers with the scope `server`. */
export function healthRoutes({ checkReadiness, config, findNotices }: SharedContext) {
  return new Elysia()
    .get("/healthz", () => Response.json({ status: "ok" }, { headers: HEADERS }), { detail: DETAILS.isAlive })
    .get(
      "/readyz",
      async ({ request }) => {
        const { caller, id: requestId } = contextOf(request);
        const notices = caller.scopes.has("server") && { notices: findNotices() };
        try {
          await checkReadiness();
        } catch (error) {
          if (!isProgImageError(error) || error.code !== "unavailable") throw error;
          const problem = problemOf(notices ? error : withoutReason(error), {
            requestId,
            debug: config.debug,
          });
          return problemResponse(request, { ...problem, ...notices });
        }
        const ready: JsonOf<typeof READINESS_SHAPE> = { status: "ready", ...notices };
        return Response.json(ready, { headers: HEADERS });
      },
      { detail: DETAILS.isReady },
    );
}

/** The reason can name a bucket, a database or a file. */
function withoutReason({ details: { retryAfter } }: ProgImageError): ProgImageError {
  const message =
    'Cannot serve requests: the log says why, and so does /readyz to callers with the scope "server"';
  return new ProgImageError("unavailable", message, { details: { retryAfter } });
}
