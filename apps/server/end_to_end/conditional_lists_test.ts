import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { samplePhoto } from "@progimage/core/testing";
import { startServer, type TestServer } from "./testing_server.ts";

describe("lists", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, { headers });

  test.each(["/images", "/images/deleted", "/jobs", "/transforms", "/presets"])(
    "GET %s is a 304 without a body for a caller that has it",
    async (path) => {
      const whole = await get(path);
      const etag = whole.headers.get("etag") ?? "";
      expect([etag, whole.headers.get("content-type")]).toEqual([
        expect.stringMatching(/^W\/"\w+"$/),
        "application/json",
      ]);
      expect(await whole.json()).toHaveProperty("items");
      const same = await get(path, { "if-none-match": `"other", ${etag}` });
      expect([same.status, same.headers.get("etag"), await same.text()]).toEqual([304, etag, ""]);
    },
  );

  test("GET /images has another ETag once an image was stored", async () => {
    const etag = (await get("/images")).headers.get("etag") ?? "";
    await server.client.images.upload(await samplePhoto());
    expect((await get("/images", { "if-none-match": etag })).status).toBe(200);
  });
});

test("OPTIONS returns the methods of a path even if pages of other origins may do nothing", async () => {
  await using server = await startServer();
  const ask = async (path: string) => {
    const headers = { origin: "https://example.com", "access-control-request-method": "POST" };
    const answer = await fetch(`${server.url}${path}`, { method: "OPTIONS", headers });
    return [answer.status, answer.headers.get("allow"), answer.headers.get("access-control-allow-origin")];
  };
  expect(await ask("/images")).toEqual([204, "GET, HEAD, OPTIONS, POST", null]);
  expect(await ask("/nowhere")).toEqual([404, null, null]);
});
