import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const LIFETIME_SECONDS = 3_000;

describe("answers of an image that expires", () => {
  let server: TestServer;
  let id: string;
  beforeAll(async () => {
    server = await startServer({ settings: { PROGIMAGE_RENDER_PROCESSES: "1" } });
    ({ id } = await server.client.images.upload(await noise(1), { expiresIn: LIFETIME_SECONDS }));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Returns the `max-age` of an answer, in seconds. */
  async function maxAge(path: string, init?: RequestInit): Promise<number> {
    const response = await fetch(`${server.url}/images/${id}${path}`, init);
    await response.arrayBuffer();
    const [, seconds = "none"] = /max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "") ?? [];
    return Number(seconds);
  }

  async function tagOf(path: string): Promise<string> {
    const response = await fetch(`${server.url}/images/${id}${path}`, { method: "HEAD" });
    return response.headers.get("etag") ?? "";
  }

  for (const path of ["", "?v=1", ".webp?resize=20x", ".auto?resize=20x"])
    test.concurrent(`GET /images/{id}${path} counts max-age down to the expiry, in each answer`, async () => {
      const first = await maxAge(path);
      expect(first).toBeWithin(LIFETIME_SECONDS - 60, LIFETIME_SECONDS + 1);
      const headers = { "if-none-match": await tagOf(path) };
      // At least a second passes between the first answer and these.
      await until("less time is left", async () => (await maxAge(path)) < first);
      await until("HEAD says so", async () => (await maxAge(path, { method: "HEAD" })) < first);
      await until("304 says so", async () => (await maxAge(path, { headers })) < first);
    });

  test("a render is kept no longer than until an image in its recipe expires", async () => {
    const { href, id: lasting } = await server.client.images.upload(await noise(2));
    const recipe = `watermark=image:${id}&${new URL(href).searchParams}`;
    const { headers, status } = await fetch(`${server.url}/images/${lasting}.webp?${recipe}`);
    expect(status).toBe(200);
    const [, seconds = "none"] =
      /^public, max-age=(\d+), immutable$/.exec(headers.get("cache-control") ?? "") ?? [];
    expect(Number(seconds)).toBeWithin(LIFETIME_SECONDS - 60, LIFETIME_SECONDS + 1);
  });
});
