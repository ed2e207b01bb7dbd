import { isProgImageError, type JsonOf } from "@progimage/core";
import { Elysia } from "elysia";
import { problemOf, problemResponse } from "../http/problem.ts";
import { contextOf } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";
import type { READINESS_SHAPE } from "../shape/server_shape.ts";
import { DETAILS } from "../open_api/details.ts";

const HEADERS = { "cache-control": "no-store" };

/** `/healthz`: the process is alive. `/readyz`: it can serve requests. */
export function healthRoutes({ checkReadiness, config, findNotices }: SharedContext) {
  return new Elysia()
    .get("/healthz", () => Response.json({ status: "ok" }, { headers: HEADERS }), { detail: DETAILS.isAlive })
    .get(
      "/readyz",
      async ({ request }) => {
        try {
          await checkReadiness();
        } catch (error) {
          if (!isProgImageError(error) || error.code !== "unavailable") throw error;
          const problem = problemOf(error, { requestId: contextOf(request).id, debug: config.debug });
          return problemResponse(request, { ...problem, notices: findNotices() });
        }
        const ready: JsonOf<typeof READINESS_SHAPE> = { status: "ready", notices: findNotices() };
        return Response.json(ready, { headers: HEADERS });
      },
      { detail: DETAILS.isReady },
    );
}
