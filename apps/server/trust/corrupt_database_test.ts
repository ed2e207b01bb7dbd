import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer } from "../end_to_end/testing_server.ts";

const PAGE_BYTES = 4_096;

test("a database that breaks while the server runs causes storage_error for requests that need it, without a path", async () => {
  await using server = await startServer();
  await until("the server is ready", async () => (await fetch(`${server.url}/readyz`)).ok);
  const picture = new Uint8Array(await noise(1, 64, 64));
  const { id } = await server.client.images.upload(picture);
  await breakPages(join(server.dataDir, "db", "progimage.sqlite"));
  const requests: readonly [path: string, init?: RequestInit][] = [
    ["/images?limit=5"],
    ["/images", { method: "POST", body: new Uint8Array(await noise(2, 64, 64)) }],
    [
      `/images/${id}`,
      {
        method: "PATCH",
        body: '{"name":"new"}',
        headers: { "content-type": "application/merge-patch+json" },
      },
    ],
    [`/images/${id}`, { method: "DELETE" }],
    ["/jobs?limit=5"],
    ["/readyz"],
  ];
  for (const [path, init] of requests) {
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    const { status, headers } = response;
    const { code } = JSON.parse(text) as { readonly code?: string };
    expect({ path, status, code, retryAfter: headers.get("retry-after") }).toEqual({
      path,
      status: 503,
      code: "storage_error",
      retryAfter: "5",
    });
    expect(text).not.toContain(server.dataDir);
    expect(text).not.toMatch(/select|SQLITE/i);
  }
  expect(server.log()).toContain("database disk image is malformed");
  expect(server.log()).not.toContain("ended with code");
});

/** Overwrites all pages but the first, and invalidates the page caches of other connections. */
async function breakPages(path: string): Promise<void> {
  using other = new Database(path);
  other.run("PRAGMA busy_timeout = 5000");
  other.run("CREATE TABLE other (x)");
  other.run("PRAGMA wal_checkpoint(TRUNCATE)");
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  await file.write(new Uint8Array(size - PAGE_BYTES).fill(0x55), 0, size - PAGE_BYTES, PAGE_BYTES);
}
