import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

/** How long requests may wait for the lock, in milliseconds. */
const DEADLINE = 5_000;

/** Tolerance for a busy machine: less than a second deadline, in milliseconds. */
const MARGIN = 3_000;

test("a database that another program has locked refuses each of many waiting writes after five seconds, and recovers", async () => {
  await using server = await startServer();
  const pictures = await Promise.all(Array.from({ length: 8 }, (_, seed) => noise(seed, 64, 64)));
  const [first = new Uint8Array(), second = new Uint8Array(), ...others] = pictures;
  const { id } = await server.client.images.upload(first);
  const other = await server.client.images.upload(second);
  using lock = new Database(join(server.dataDir, "db", "progimage.sqlite"));
  lock.run("BEGIN IMMEDIATE");
  const form = new FormData();
  for (const picture of others.slice(0, 3))
    form.append("image", new Blob([new Uint8Array(picture)]), "a.jpg");
  const requests: readonly [path: string, init: RequestInit, delay?: number][] = [
    ["/images", { method: "POST", body: new Uint8Array(first) }],
    ["/images", { method: "POST", body: form }],
    [`/images/${id}`, { method: "PATCH", body: '{"name":"new"}', headers: MERGE_PATCH }],
    [`/images/${other.id}`, { method: "DELETE" }],
    // It arrives while the others are waiting, and must not wait a full deadline after them.
    ["/images", { method: "POST", body: new Uint8Array(others[3] ?? []) }, 700],
  ];
  const answers = await Promise.all(
    requests.map(async ([path, init, delay = 0]) => {
      await Bun.sleep(delay);
      return { path, ...(await timed(server, path, init)) };
    }),
  );
  for (const { path, milliseconds, problems, retryAfter } of answers) {
    expect({ path, problems }).toEqual({ path, problems: problems.map(() => "busy") });
    expect(problems.length).toBeGreaterThan(0);
    expect(retryAfter).toBe("5");
    expect(milliseconds).toBeGreaterThan(DEADLINE - 100);
    expect(milliseconds).toBeLessThan(DEADLINE + MARGIN);
  }
  // Reading needs no lock.
  expect((await timed(server, `/images/${id}/info`)).milliseconds).toBeLessThan(DEADLINE);
  lock.run("ROLLBACK");
  expect((await server.client.images.upload(others[3] ?? new Uint8Array())).id).toBeString();
});

const MERGE_PATCH = { "content-type": "application/merge-patch+json" };

/** Sends a request. Returns the time until its answer, and the codes of the problems in it. */
async function timed({ url }: TestServer, path: string, init?: RequestInit) {
  const startedAt = performance.now();
  const response = await fetch(url + path, init);
  const text = await response.text();
  const problems = [...text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);
  const isForm = response.status === 200;
  const retryAfter = isForm ? /"retryAfter":(\d+)/.exec(text)?.[1] : response.headers.get("retry-after");
  return { milliseconds: performance.now() - startedAt, problems, retryAfter };
}
