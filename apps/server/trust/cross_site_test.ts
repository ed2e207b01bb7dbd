import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { twoColours } from "../end_to_end/testing_pictures.ts";
import { type RawAnswer, rawRequest, sendRaw } from "../end_to_end/testing_raw.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

describe("a server under cross-site requests", () => {
  let server: TestServer;
  let id: string;

  beforeAll(async () => {
    const settings = {
      PROGIMAGE_ALLOWED_HOSTS: "Images.internal",
      PROGIMAGE_CORS_ORIGINS: "*, https://app.example.com",
    };
    server = await startServer({ settings });
    await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
    ({ id } = await server.client.images.upload(await twoColours()));
    // From here on these answers come from the cache.
    for (const path of [`/images/${id}`, `/images/${id}.webp`])
      await (await fetch(server.url + path)).bytes();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const ask = (line: string, ...headers: readonly string[]) =>
    sendRaw(server.url, rawRequest(`${line} HTTP/1.1`, headers));
  const codeOf = ({ status, body }: RawAnswer) => [status, JSON.parse(body).code];

  test("a rebound name reads nothing, cached or not", async () => {
    const paths = [
      `/images/${id}`,
      `/images/${id}.webp`,
      `/images/${id}.png`,
      "/images",
      "/swagger",
      "/nowhere",
    ];
    for (const path of paths) {
      const answer = await ask(`GET ${path}`, "Host: evil.example:3000");
      expect(codeOf(answer)).toEqual([421, "host_refused"]);
      expect(answer.head).toMatch(/^x-request-id: \S+/im);
    }
    expect((await ask(`HEAD /images/${id}`, "Host: evil.example")).status).toBe(421);
  });

  test("a rebound name changes nothing", async () => {
    const origin = "Origin: http://evil.example:3000";
    const answer = await ask(`DELETE /images/${id}`, "Host: evil.example:3000", origin);
    expect(codeOf(answer)).toEqual([421, "host_refused"]);
    expect((await server.client.images.get(id)).id).toBe(id);
  });

  test("names of this machine, addresses and allowed names are answered", async () => {
    for (const host of [
      "localhost",
      "127.0.0.1:1",
      "[::1]",
      "10.1.2.3",
      "images.internal:80",
      "IMAGES.internal",
    ])
      expect((await ask(`GET /images/${id}`, `Host: ${host}`)).status).toBe(200);
  });

  test("probes are answered under any name", async () => {
    for (const path of ["/healthz", "/readyz"])
      expect((await ask(`GET ${path}`, "Host: 10-0-0-7.pods.example")).status).toBe(200);
  });

  test("a malformed host is refused before anything else", async () => {
    const unusable = [
      "a b",
      "user@localhost",
      "a#b",
      "a?b",
      "a/b",
      "[zz]",
      "localhost:80:80",
      "a%2fb",
      "\xe9",
    ];
    const lines = [
      `GET /images/${id}`,
      `GET /prefix/images/${id}`,
      "GET /healthz",
      "POST /purge",
      "DELETE /nowhere",
    ];
    for (const host of unusable) {
      for (const line of lines) {
        const answer = await ask(line, `Host: ${host}`);
        expect({ host, line, code: codeOf(answer) }).toEqual({ host, line, code: [400, "invalid_request"] });
      }
      const preflight = ["Origin: https://app.example.com", "Access-Control-Request-Method: GET"];
      expect((await ask("OPTIONS /images", `Host: ${host}`, ...preflight)).status).toBe(400);
    }
    // Bun refuses these before our code sees them.
    for (const host of ["a\0b", "\u0001"])
      expect((await ask("GET /healthz", `Host: ${host}`)).status).toBe(400);
    expect((await ask("GET /healthz", "Host: localhost", "Host: evil.example")).status).toBe(400);
  });

  test("a simple client without a Host header is answered by its path", async () => {
    const simple = async (line: string, ...headers: readonly string[]) =>
      (await sendRaw(server.url, rawRequest(`${line} HTTP/1.0`, headers))).status;
    const asked = [
      "/healthz",
      "/readyz",
      `/images/${id}`,
      `/images/${id}.webp`,
      `/images/${id}/info`,
      "/images?limit=1",
    ];
    for (const path of [...asked, `/x/../images/${id}`])
      expect([path, await simple(`GET ${path}`)]).toEqual([path, 200]);
    const others = ["/nowhere", `/prefix/images/${id}`, `//images/${id}`, "//localhost/healthz"];
    for (const path of others) expect([path, await simple(`GET ${path}`)]).toEqual([path, 404]);
    expect(await simple("GET /images?limit=0")).toBe(400);
    expect(await simple("PUT /images/x")).toBe(405);
    expect(await simple(`DELETE /images/${id}`, "Origin: http://localhost")).toBe(403);
    const body = '{"select":{"ids":["x"]}}';
    const head = [`POST /purge HTTP/1.0`, "Content-Type: application/json", `Content-Length: ${body.length}`];
    expect((await sendRaw(server.url, `${head.join("\r\n")}\r\n\r\n${body}`)).status).toBe(200);
  });

  test("a page of another origin changes nothing", async () => {
    const { host } = new URL(server.url);
    const foreign = [
      ["Origin: https://evil.example"],
      ["Origin: null"],
      ["Origin: http://127.0.0.1:1"],
      ["Sec-Fetch-Site: cross-site"],
      [`Origin: http://${host}`, "Sec-Fetch-Site: cross-site"],
    ];
    for (const headers of foreign) {
      const answer = await ask(`DELETE /images/${id}`, `Host: ${host}`, ...headers);
      expect({ headers, code: codeOf(answer) }).toEqual({ headers, code: [403, "origin_refused"] });
    }
    expect((await server.client.images.get(id)).id).toBe(id);
  });

  test("its own pages, listed ones and programs may change something", async () => {
    const { host } = new URL(server.url);
    const own = [[], [`Origin: http://${host}`, "Sec-Fetch-Site: same-origin"], ["Sec-Fetch-Site: none"]];
    for (const headers of [...own, ["Origin: https://app.example.com", "Sec-Fetch-Site: cross-site"]]) {
      const { id: other } = await server.client.images.upload(await twoColours());
      const answer = await ask(`DELETE /images/${other}`, `Host: ${host}`, ...headers);
      expect({ headers, status: answer.status }).toEqual({ headers, status: 204 });
    }
  });

  /** The fields of a form with the type text/plain, whose body is JSON under the control of a page. */
  const formText = '{"action":"=","action":"delete","select":{"all":true}}';
  const jsonRoutes = [
    "POST /images/bulk",
    "POST /purge",
    "POST /archives",
    "POST /jobs",
    "POST /images/import",
  ];
  const send = (line: string, type: string | null, text: string) => {
    const [method, path] = line.split(" ");
    const headers = new Headers(type === null ? {} : { "content-type": type });
    // A body of bytes has no default type.
    return fetch(`${server.url}${path}`, { method, headers, body: Buffer.from(text) });
  };

  test("JSON is read only from a body with a JSON type", async () => {
    for (const line of [...jsonRoutes, `PATCH /images/${id}`]) {
      for (const type of ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", null]) {
        const response = await send(line, type, '{"select":{"all":true}}');
        const { code, detail } = await response.json();
        expect({ line, status: response.status, code }).toEqual({
          line,
          status: 415,
          code: "media_type_refused",
        });
        expect(detail).toContain('"content-type: application/json"');
      }
    }
    expect((await server.client.images.get(id)).id).toBe(id);
    expect((await send("POST /purge", "application/vnd.acme+json", '{"select":{"all":true}}')).status).toBe(
      200,
    );
  });

  test("JSON with a repeated member is refused", async () => {
    for (const line of [...jsonRoutes, "POST /render", "POST /images"]) {
      const response = await send(line, "application/json", formText);
      const { code, detail } = await response.json();
      expect({ line, status: response.status, code }).toEqual({ line, status: 400, code: "invalid_request" });
      expect(detail).toContain('"action" is used twice');
    }
    expect((await server.client.images.get(id)).id).toBe(id);
  });

  test("pages of all origins may show pictures, and embed nothing else", async () => {
    const policyOf = async (path: string, init: RequestInit = {}) => {
      const { headers, status } = await fetch(server.url + path, init);
      return [status, headers.get("cross-origin-resource-policy"), headers.get("content-security-policy")];
    };
    const picture = [200, "cross-origin", "default-src 'none'; style-src 'unsafe-inline'; sandbox"];
    // The last one is not in the cache.
    for (const path of [`/images/${id}`, `/images/${id}.webp`, `/images/${id}.png?resize=9x`])
      expect(await policyOf(path)).toEqual(picture);
    const flip = { method: "POST", body: new Uint8Array(await twoColours()) };
    expect(await policyOf("/transforms/flip", flip)).toEqual(picture);
    const closed = ["same-origin", "default-src 'none'; frame-ancestors 'none'"];
    for (const path of ["/images", `/images/${id}/info`, "/transforms", "/healthz", "/swagger/json"])
      expect([path, ...(await policyOf(path))]).toEqual([path, 200, ...closed]);
    for (const path of ["/nowhere", "/images/x", "/images?limit=0"])
      expect((await policyOf(path)).slice(1)).toEqual(closed);
    expect(await policyOf("/purge", { method: "POST", headers: { origin: "null" } })).toEqual([
      403,
      ...closed,
    ]);
    const bulk = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"action":"describe","select":{"all":true}}',
    };
    expect(await policyOf("/images/bulk", bulk)).toEqual([200, ...closed]);
  });

  test("a 304 keeps the headers of a cached picture", async () => {
    for (const path of [`/images/${id}`, `/images/${id}.webp`, `/images/${id}.jpg?resize=8x`]) {
      const etag = (await fetch(server.url + path)).headers.get("etag") ?? "";
      for (const wanted of [path, `${path}${path.includes("?") ? "&" : "?"}v=${crypto.randomUUID()}`]) {
        const { headers, status } = await fetch(server.url + wanted, { headers: { "if-none-match": etag } });
        expect([wanted, status, headers.get("cross-origin-resource-policy")]).toEqual([wanted, 304, null]);
        expect(headers.get("content-security-policy")).toBeNull();
      }
    }
  });

  test("a refusal is readable by the scripts of allowed origins", async () => {
    const answer = await ask("POST /purge", "Host: 127.0.0.1", "Origin: https://evil.example");
    expect(codeOf(answer)).toEqual([403, "origin_refused"]);
    expect(answer.head).toMatch(/^access-control-allow-origin: \*/im);
  });

  test("preflights are answered before anything is refused", async () => {
    const asked = ["Origin: https://app.example.com", "Access-Control-Request-Method: DELETE"];
    const answer = await ask(`OPTIONS /images/${id}`, "Host: evil.example", ...asked);
    expect(answer.status).toBe(204);
    expect(answer.head).toMatch(/^access-control-allow-methods: .*DELETE/im);
    expect(answer.head).toMatch(/^x-request-id: \S+/im);
  });

  test("a refusal has a line in the log", async () => {
    await ask("GET /images/logged", "Host: evil.example", "X-Request-Id: refused-here");
    const line = /"requestId":"refused-here".*"path":"\/images\/logged","status":421/;
    await until("the log has the line", async () => line.test(server.log()));
  });
});
