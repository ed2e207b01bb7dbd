import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startServer, type TestServer } from "./testing_server.ts";

describe("/swagger", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("the page loads everything from this server", async () => {
    const page = await fetch(`${server.url}/swagger`);
    const html = await page.text();
    expect(html).not.toMatch(/https?:/);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const assets = [...html.matchAll(/(?:src|href)="(swagger[^"]+)"/g)].map((match) => match[1]);
    expect(assets).toHaveLength(3);
    for (const asset of assets) expect((await fetch(`${server.url}/${asset}`)).status).toBe(200);
    expect((await fetch(`${server.url}/swagger/package.json`)).status).toBe(404);
  });

  test("/ leads browsers there", async () => {
    const response = await fetch(server.url, { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(response.url).toBe(`${server.url}/swagger`);
    expect(response.status).toBe(200);
  });
});
