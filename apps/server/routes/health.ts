import { Elysia } from "elysia";
import type { ServerContext } from "../server_context.ts";
import { DETAILS } from "./details.ts";

const HEADERS = { "cache-control": "no-store" };

/** `/healthz`: the process lives. `/readyz`: it can do its work. */
export function healthRoutes({ checkReadiness, findNotices }: ServerContext) {
  return new Elysia()
    .get("/healthz", () => Response.json({ status: "ok" }, { headers: HEADERS }), { detail: DETAILS.isAlive })
    .get(
      "/readyz",
      async () => {
        await checkReadiness();
        return Response.json({ status: "ready", notices: findNotices() }, { headers: HEADERS });
      },
      { detail: DETAILS.isReady },
    );
}
