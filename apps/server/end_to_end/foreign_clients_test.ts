import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { twoColours } from "./testing_pictures.ts";
import { rawRequest, sendRaw } from "./testing_raw.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const BOUNDARY = "----form";

describe("a server answers", () => {
  let server: TestServer;
  let picture: Buffer;
  let id: string;

  beforeAll(async () => {
    server = await startServer();
    picture = await twoColours();
    ({ id } = await server.client.images.upload(picture));
    // An upload needs only one of the processes that must have started.
    await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Sends a request line with headers as they are, and returns the status. */
  const statusOf = async (line: string, ...headers: readonly string[]) =>
    (await sendRaw(server.url, rawRequest(line, headers))).status;

  test("HAProxy's checks, which are HTTP/1.0 without a Host", async () => {
    for (const path of ["/", "/healthz", "/readyz"]) {
      expect([path, await statusOf(`OPTIONS ${path} HTTP/1.0`)]).toEqual([path, 204]);
      for (const method of ["GET", "HEAD"])
        expect([path, await statusOf(`${method} ${path} HTTP/1.0`)]).toEqual([path, 200]);
    }
  });

  test("nginx that passes no Host on, or an empty one", async () => {
    for (const headers of [[], ["Host:"]])
      for (const path of ["/healthz", `/images/${id}`, `/images/${id}.webp?resize=10x`, `/images/${id}/info`])
        expect([path, await statusOf(`GET ${path} HTTP/1.0`, ...headers)]).toEqual([path, 200]);
    expect(await statusOf(`GET /images/${id} HTTP/1.1`, "Host:")).toBe(200);
  });

  test.skipIf(Bun.which("curl") === null)("curl in HTTP/1.0: it uploads, reads and deletes", async () => {
    const curl = async (...args: readonly string[]) => {
      const command = ["curl", "--silent", "--http1.0", "--write-out", "\n%{http_code}", ...args];
      const child = Bun.spawn(command, { stdin: picture, stdout: "pipe" });
      const lines = (await new Response(child.stdout).text()).split("\n");
      return { status: Number(lines.at(-1)), body: lines.slice(0, -1).join("\n") };
    };
    for (const args of [
      ["--form", "file=@-;filename=a.png"],
      ["--header", "content-type: image/png", "--data-binary", "@-"],
      [
        "--header",
        "content-type: image/png",
        "--request",
        "POST",
        "--data-binary",
        "@-",
        "--header",
        "Host:",
      ],
    ]) {
      const stored = await curl(...args, `${server.url}/images`);
      expect(stored.status).toBe(201);
      const { id: own } = JSON.parse(stored.body) as { readonly id: string };
      expect((await curl("--output", "/dev/null", `${server.url}/images/${own}`)).status).toBe(200);
      expect((await curl("--request", "DELETE", `${server.url}/images/${own}`)).status).toBe(204);
    }
  });

  test("a form whose file has a media type and no name", async () => {
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: image/png\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), picture, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
    const headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };
    const response = await fetch(`${server.url}/images`, {
      method: "POST",
      headers,
      body: new Uint8Array(body),
    });
    expect(response.status).toBe(201);
    expect((await response.json()) as object).toMatchObject({ name: null, bytes: picture.length });
  });

  test("a form that breaks off in its only file with one problem", async () => {
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`;
    const headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };
    for (const path of ["/images", "/images/batch"])
      for (const end of ["", `\r\n--${BOUNDARY}\r\n`]) {
        const body = new Uint8Array(Buffer.concat([Buffer.from(head), picture, Buffer.from(end)]));
        const response = await fetch(server.url + path, { method: "POST", headers, body });
        expect([path, response.status]).toEqual([path, 400]);
        expect((await response.json()) as object).toMatchObject({ code: "invalid_request" });
      }
  });
});
