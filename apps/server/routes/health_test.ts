import { expect, test } from "bun:test";
import { ProgImageError, type Scope } from "@progimage/core";
import { type Caller, OPEN_CALLER, STRANGER } from "../access/caller.ts";
import { beginContext } from "../http/request_context.ts";
import type { SharedContext } from "../server_context.ts";
import { healthRoutes } from "./health.ts";

const NOTICE = { code: "storage_strays", detail: "files of other programs" };
const REASON = "Cannot read bucket secret-bucket";

/** Returns what a caller is told of a server that is ready, or that is not for a reason. */
async function told(caller: Caller, reason?: string): Promise<unknown> {
  const checkReadiness = async () => {
    if (reason) throw new ProgImageError("unavailable", reason, { details: { retryAfter: 5 } });
  };
  const config = { debug: true };
  const routes = healthRoutes({
    checkReadiness,
    config,
    findNotices: () => [NOTICE],
  } as unknown as SharedContext);
  const request = new Request("http://localhost/readyz");
  beginContext(request, { id: "1", caller, keepAlive: () => {}, awaitClient: () => {} });
  return await (await routes.handle(request)).json();
}

function callerWith(...scopes: readonly Scope[]): Caller {
  return { ...STRANGER, by: "key", scopes: new Set(scopes) };
}

test("healthRoutes() gives the reason and the notices to callers with the scope server", async () => {
  for (const caller of [OPEN_CALLER, callerWith("server")]) {
    expect(await told(caller)).toEqual({ status: "ready", notices: [NOTICE] });
    expect(await told(caller, REASON)).toMatchObject({
      code: "unavailable",
      detail: REASON,
      notices: [NOTICE],
    });
  }
});

test("healthRoutes() gives all others the status and the code alone", async () => {
  for (const caller of [STRANGER, callerWith("admin", "images:read")]) {
    expect(await told(caller)).toEqual({ status: "ready" });
    const problem = await told(caller, REASON);
    expect(problem).toMatchObject({ code: "unavailable", status: 503, retryAfter: 5 });
    expect(JSON.stringify(problem)).not.toMatch(/secret-bucket|notices/);
  }
});
