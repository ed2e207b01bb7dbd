import { expect, test } from "bun:test";
import pino from "pino";
import { createDoor } from "../access/door.ts";
import { KnownAnswers } from "../answer/known_answers.ts";
import { readConfig } from "../settings/config.ts";
import { ConnectionDrain } from "./connection_drain.ts";
import { type Answer, listen } from "./http_server.ts";
import { contextOf } from "./request_context.ts";

/** Starts a server with one answer to all requests, and returns its lines of log too. */
function startServer(answer: Answer, variables: Readonly<Record<string, string>> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) });
  const config = readConfig({ PROGIMAGE_PORT: "0", ...variables });
  const known = new KnownAnswers({
    now: Date.now,
    signedMaxAge: 60,
    recallImage: () => null,
    findImage: async () => null,
  });
  const drain = new ConnectionDrain({ idleMs: 0 });
  const server = listen(answer, { config, door: createDoor(config), known, log, drain });
  return { url: server.url.href, lines, [Symbol.asyncDispose]: () => server.stop(true) };
}

const MISSING = "/nonexistent/file";

test("listen() gives each request an id, common headers and a line of log", async () => {
  await using server = startServer((request) => new Response(contextOf(request).id));
  const response = await fetch(`${server.url}a/../b?c=1`, { headers: { "x-request-id": "mine" } });
  expect(await response.text()).toBe("mine");
  expect(response.headers.get("x-request-id")).toBe("mine");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  const [line] = server.lines;
  expect(line).toMatchObject({
    requestId: "mine",
    method: "GET",
    path: "/b?c=1",
    status: 200,
    msg: "request",
  });
});

test("listen() names JSON alike, and keeps each Vary of an answer", async () => {
  const vary = { vary: "Accept" };
  await using server = startServer(() => Response.json({}, { headers: vary }), {
    PROGIMAGE_CORS_ORIGINS: "https://shop.example,https://blog.example",
  });
  const { headers } = await fetch(server.url, { headers: { origin: "https://shop.example" } });
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("vary")).toBe("Accept, Origin");
});

test("listen() logs no signature of a request that it refuses, nor of a preflight", async () => {
  await using server = startServer(() => new Response("reached"), {
    PROGIMAGE_CORS_ORIGINS: "https://shop.example",
  });
  const sig = "s".repeat(43);
  const preflight = { origin: "https://shop.example", "access-control-request-method": "POST" };
  const tail = `kid=k&sig=${sig}`;
  await fetch(`${server.url}images?${tail}`, { method: "OPTIONS", headers: preflight });
  await fetch(`${server.url}images?once=true&${tail}`, { headers: { host: "evil.example" } });
  await fetch(`${server.url}images?${tail}&utm=1&sig=${sig}`);
  expect(server.lines).toMatchObject([
    { path: "/images?kid=k&sig=…", status: 204 },
    { path: "/images?once=true&kid=k&sig=…", status: 421 },
    { path: "/images?kid=k&sig=…&utm=1&sig=…", status: 200 },
  ]);
});

test("listen() refuses an unknown host before any route", async () => {
  await using server = startServer(() => new Response("reached"));
  const response = await fetch(server.url, { headers: { host: "evil.example", "x-request-id": "mine" } });
  expect(await response.json()).toMatchObject({ code: "host_refused", requestId: "mine", status: 421 });
  expect(response.headers.get("x-request-id")).toBe("mine");
});

test("listen() refuses an address above its rate before any route, whatever its proxy's other clients do", async () => {
  let reached = 0;
  await using server = startServer(() => new Response(String(++reached)), {
    PROGIMAGE_ACCESS: "keys",
    PROGIMAGE_STRANGER_REQUESTS: "2",
    PROGIMAGE_CORS_ORIGINS: "*",
  });
  const send = (address: string, path = "transforms") =>
    fetch(server.url + path, { headers: { "x-forwarded-for": address, origin: "https://app.example" } });
  for (const remaining of [1, 0]) {
    const { headers } = await send("198.51.100.1");
    expect(headers.get("ratelimit-policy")).toStartWith('"address";q=2;w=60');
    expect(headers.get("ratelimit")).toMatch(new RegExp(`^"address";r=${remaining};t=\\d\\d`));
    expect(headers.get("access-control-expose-headers")).toContain(
      "RateLimit, RateLimit-Policy, Retry-After",
    );
  }
  const refused = await send("198.51.100.1");
  expect(refused.headers.get("retry-after")).toBe("30");
  expect(refused.headers.get("ratelimit")).toStartWith('"address";r=0;t=30');
  expect(refused.headers.get("cache-control")).toBe("no-store");
  expect(await refused.json()).toMatchObject({
    code: "rate_limited",
    status: 429,
    retryable: true,
    retryAfter: 30,
  });
  expect((await send("198.51.100.2")).status).toBe(200);
  expect((await send("198.51.100.1", "healthz")).headers.has("ratelimit")).toBe(false);
  expect(reached).toBe(4);
});

test("listen() says nothing of rates with a picture, which caches keep for others, unless it is refused", async () => {
  await using server = startServer(() => new Response("a picture"), {
    PROGIMAGE_ACCESS: "keys",
    PROGIMAGE_STRANGER_REQUESTS: "1",
  });
  const send = () => fetch(`${server.url}images/${crypto.randomUUID()}.webp`);
  expect((await send()).headers.has("ratelimit")).toBe(false);
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("ratelimit")).toStartWith('"address";r=0');
});

test("listen() asks for another try if a file is evicted before it is sent", async () => {
  await using server = startServer(() => new Response(Bun.file(MISSING)));
  const response = await fetch(server.url);
  expect(response.headers.get("retry-after")).toBe("1");
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ code: "unavailable", status: 503 });
  expect(text).not.toContain(MISSING);
});

test("listen() answers and logs a defect without revealing it", async () => {
  await using server = startServer(() => {
    throw new TypeError("secret");
  });
  const response = await fetch(server.url);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
  expect(server.lines).toMatchObject([{ level: 50, err: { message: "secret" } }]);
});
