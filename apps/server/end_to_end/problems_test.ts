import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PROBLEMS } from "../problem/problem_kinds.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

describe("/problems", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const get = (path: string, accept = "*/*") => fetch(new URL(path, server.url), { headers: { accept } });

  test("type of a problem is the URL of its description: JSON for programs, HTML for people", async () => {
    const refused = await (await get("/images/x")).json();
    expect(refused).toMatchObject({ type: "/problems/image_not_found", status: 404, retryable: false });
    const explained = await get(refused.type);
    const { type, code, status, title, retryable } = refused;
    const { meaning, cause, remedy } = PROBLEMS.image_not_found;
    expect(await explained.json()).toEqual({ type, code, status, title, retryable, meaning, cause, remedy });
    const page = await get(refused.type, BROWSER);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const { headers } of [explained, page]) expect(headers.get("vary")).toBe("Accept");
    const html = await page.text();
    expect(html).toContain("<code>GET /images</code>");
    expect(html).not.toMatch(/https?:|<script/);
  });

  test("/problems lists every code, and an unknown code is a problem itself", async () => {
    const { items } = await (await get("/problems")).json();
    const codes = items.map(({ code }: { readonly code: string }) => code);
    expect(codes.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
    expect(await (await get("/problems", BROWSER)).text()).toContain('href="problems/too_large"');
    const none = await get("/problems/constructor");
    expect([none.status, (await none.json()).code]).toEqual([404, "route_not_found"]);
  });

  test("the OpenAPI document has the codes as an open list", async () => {
    const { components } = await (await get("/swagger/json")).json();
    const { Problem, ProblemCode } = components.schemas;
    expect(Problem.properties.code).toEqual({ $ref: "#/components/schemas/ProblemCode" });
    expect(ProblemCode.anyOf).toEqual([
      { type: "string", enum: Object.keys(PROBLEMS).toSorted() },
      { type: "string" },
    ]);
  });
});

test("retryable codes have a status at which clients retry", () => {
  for (const [code, { retryable, status }] of Object.entries(PROBLEMS))
    expect([code, retryable]).toEqual([code, retryable && [408, 429, 502, 503].includes(status)]);
});
