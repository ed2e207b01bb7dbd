import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { startServer, type TestServer } from "./testing_server.ts";

describe("/swagger", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("/swagger/json is valid OpenAPI and describes every path", async () => {
    const document = await (await fetch(`${server.url}/swagger/json`)).json();
    const result = await new Validator().validate(document);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    const paths = Object.keys(document.paths).toSorted();
    const services = (await server.client.transforms()).map(({ name }) => `/transforms/${name}`);
    expect(paths.filter((path) => path.startsWith("/transforms/"))).toEqual(services);
    expect(paths.filter((path) => !services.includes(path))).toEqual([
      "/archives",
      "/healthz",
      "/images",
      "/images/bulk",
      "/images/deleted",
      "/images/import",
      "/images/{id}",
      "/images/{id}.{ext}",
      "/images/{id}/derivatives",
      "/images/{id}/erase",
      "/images/{id}/info",
      "/images/{id}/restore",
      "/jobs",
      "/jobs/{id}",
      "/jobs/{id}/cancel",
      "/jobs/{id}/events",
      "/jobs/{id}/items",
      "/jobs/{id}/results.zip",
      "/jobs/{id}/retry",
      "/jobs/{id}/webhook",
      "/presets",
      "/purge",
      "/readyz",
      "/render",
      "/transforms",
    ]);
    const names = document.paths["/images/{id}.{ext}"].get.parameters.map(
      ({ name }: { name: string }) => name,
    );
    expect(names).toContain("resize");
  });

  test("the page and all that it loads come from here", async () => {
    const page = await fetch(`${server.url}/swagger`);
    const html = await page.text();
    expect(html).not.toMatch(/https?:/);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const assets = [...html.matchAll(/(?:src|href)="(swagger[^"]+)"/g)].map((match) => match[1]);
    expect(assets).toHaveLength(3);
    for (const asset of assets) expect((await fetch(`${server.url}/${asset}`)).status).toBe(200);
    expect((await fetch(`${server.url}/swagger/package.json`)).status).toBe(404);
  });

  test("/ leads there", async () => {
    const response = await fetch(server.url);
    expect(response.url).toBe(`${server.url}/swagger`);
    expect(response.status).toBe(200);
  });
});
