import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { type Job, type JobItem, ProgImageError, recipe, fromUrl } from "@progimage/client";
import { postJson, startPictureHost, uploadPictures } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { startServer, type TestServer } from "./testing_server.ts";

const SMALL = { name: "small", steps: [{ transform: "resize", width: 16 }], format: "webp" };

describe("/jobs", () => {
  let server: TestServer;
  let elsewhere: ReturnType<typeof startPictureHost>;
  let ids: string[];

  beforeAll(async () => {
    elsewhere = startPictureHost(await noise(99));
    server = await startServer({ settings: { PROGIMAGE_FETCH_ALLOW_HOSTS: elsewhere.host } });
    ids = await uploadPictures(server, 12);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });

  const post = (json: object, headers: Readonly<Record<string, string>> = {}) =>
    postJson(`${server.url}/jobs`, json, headers);
  const itemsOf = async (id: string) => await Array.fromAsync(server.client.jobs.items(id));

  test("POST answers 202 with the job and its location, and the job runs", async () => {
    const response = await post({
      select: { ids },
      outputs: [SMALL],
      deliver: "images",
      label: "small",
      metadata: { a: 1 },
    });
    expect(response.status).toBe(202);
    const job = (await response.json()) as Job;
    expect(response.headers.get("location")).toBe(job.href);
    expect(job).toMatchObject({
      status: "queued",
      counts: { total: null, succeeded: 0, failed: 0, cancelled: 0 },
      attempt: 1,
      label: "small",
      metadata: { a: 1 },
      priority: "normal",
      deliver: "images",
      select: { ids: null },
      href: `${server.url}/jobs/${job.id}`,
      itemsHref: `${server.url}/jobs/${job.id}/items`,
    });
    const handle = await server.client.jobs.get(job.id);
    expect(await handle.wait()).toMatchObject({
      status: "succeeded",
      counts: { total: 12, succeeded: 12, failed: 0 },
    });
    const items = await itemsOf(job.id);
    expect(items.map(({ source }) => source.id)).toEqual(ids);
    expect(items.map(({ index }) => index)).toEqual(ids.map((_, index) => index));
    for (const { results } of items) {
      const [result] = results;
      expect(result).toMatchObject({ output: 0, name: "small", format: "webp" });
      expect(result?.href).toBe(`${server.url}/images/${result?.imageId}`);
      const image = await server.client.images.get(result?.imageId ?? "");
      expect(image).toMatchObject({ format: "webp", width: 16, bytes: result?.bytes });
    }
  });

  test("derivatives are rendered in advance, at the URLs of the items", async () => {
    const made = recipe().resize({ width: 17 }).png();
    const handle = await server.client.jobs.create({
      select: { ids },
      outputs: [made],
      deliver: "derivatives",
    });
    await handle.wait();
    for (const { source, results } of await itemsOf(handle.id)) {
      const response = await fetch(results[0]?.href ?? "");
      expect(response.headers.get("server-timing")).toBe("hit");
      expect(await response.bytes()).toEqual(await server.client.image(source.id ?? "", made).bytes());
    }
  });

  test("derivatives of images at URLs have no address", async () => {
    const marked = recipe().watermark({ image: fromUrl(elsewhere.urlOf("mark.jpg")) });
    const select = { ids: ids.slice(0, 1) };
    const handle = await server.client.jobs.create({ select, outputs: [marked], deliver: "derivatives" });
    expect(await handle.wait()).toMatchObject({ counts: { succeeded: 1 } });
    expect(await itemsOf(handle.id)).toMatchObject([{ results: [{ href: null, format: "jpeg" }] }]);
  });

  test("a filter selects the images at the start of the job", async () => {
    const tag = crypto.randomUUID();
    const mine = await Promise.all(
      [1, 2, 3].map(
        async (seed) => await server.client.images.upload(await noise(seed, 40), { tags: [tag] }),
      ),
    );
    const job = await server.client.jobs.create({
      select: { filter: { tag } },
      outputs: [recipe().flip()],
      deliver: "images",
      attributes: { tags: [tag] },
    });
    expect(await job.wait()).toMatchObject({
      counts: { total: 3, succeeded: 3 },
      select: { filter: { tag } },
    });
    const found = (await itemsOf(job.id)).map(({ source }) => source.id);
    expect(found.toSorted()).toEqual(mine.map(({ id }) => id).toSorted());
    expect(await Array.fromAsync(server.client.images.list({ tag }))).toHaveLength(6);
    const all = await server.client.jobs.create({
      select: { all: true },
      outputs: [recipe().resize({ width: 4 })],
      deliver: "derivatives",
    });
    const count = (await Array.fromAsync(server.client.images.list({ limit: 1000 }))).length;
    expect(await all.wait()).toMatchObject({
      status: "succeeded",
      counts: { total: count, succeeded: count },
    });
  });

  test("images at URLs are stored unchanged, with their attributes", async () => {
    const urls = [elsewhere.urlOf("a.jpg"), elsewhere.urlOf("b.jpg"), "http://127.0.0.1:1/c.jpg"];
    const attributes = { tags: ["far"], metadata: { a: 1 }, expiresIn: 3600 };
    const job = await server.client.jobs.create({ select: { urls }, attributes });
    expect(await job.wait()).toMatchObject({
      status: "partially_failed",
      counts: { total: 3, succeeded: 2, failed: 1 },
    });
    const items = await itemsOf(job.id);
    const image = await server.client.images.get(items[0]?.results[0]?.imageId ?? "");
    expect(image).toMatchObject({ name: "a.jpg", tags: ["far"], metadata: { a: 1 } });
    expect(Math.abs(Date.parse(image.expiresAt ?? "") - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(items[2]).toMatchObject({
      status: "failed",
      results: [],
      problem: { code: "source_refused", status: 403, title: expect.any(String), detail: expect.any(String) },
    });
  });

  test("POST /images with URLs and Prefer: respond-async begins a job", async () => {
    const json = { urls: [elsewhere.urlOf("x.jpg")], tags: ["later"] };
    const headers = { prefer: "wait=5, respond-async", "idempotency-key": "later" };
    const responses = [
      await postJson(`${server.url}/images?expiresIn=3600`, json, headers),
      await postJson(`${server.url}/images?expiresIn=3600`, json, headers),
    ];
    const [first, second] = (await Promise.all(responses.map((each) => each.json()))) as Job[];
    expect(responses[0]?.status).toBe(202);
    expect(responses[0]?.headers.get("preference-applied")).toBe("respond-async");
    expect(responses[0]?.headers.get("location")).toBe(first?.href ?? "");
    expect(second?.id).toBe(first?.id ?? "");
    const job = await server.client.jobs.get(first?.id ?? "");
    expect(await job.wait()).toMatchObject({ status: "succeeded", counts: { succeeded: 1 } });
    const [item] = await itemsOf(job.id);
    const image = await server.client.images.get(item?.results[0]?.imageId ?? "");
    expect(image).toMatchObject({ name: "x.jpg", tags: ["later"], expiresAt: expect.any(String) });
    const named = await postJson(`${server.url}/images?name=a`, json, headers);
    expect(await problemOf(named)).toMatchObject({ status: 400, parameter: "name" });
    expect((await postJson(`${server.url}/images`, json)).status).toBe(200);
  });

  test("the same Idempotency-Key gives the same job, and stands for one request", async () => {
    const json = { select: { ids }, outputs: [SMALL], deliver: "derivatives" };
    const headers = { "idempotency-key": "job-1" };
    const responses = await Promise.all([post(json, headers), post(json, headers), post(json, headers)]);
    const begun = (await Promise.all(responses.map((each) => each.json()))) as Job[];
    expect(new Set(begun.map(({ id }) => id)).size).toBe(1);
    const replayed = responses.map((each) => each.headers.get("idempotent-replayed"));
    expect(replayed.filter((each) => each === "true")).toHaveLength(2);
    const job = await server.client.jobs.get(begun[0]?.id ?? "");
    await job.wait();
    const again = await post(json, headers);
    expect([again.status, await again.json()]).toEqual([200, job.job]);
    const other = await post({ ...json, select: { ids: ids.slice(1) } }, headers);
    expect(await problemOf(other)).toMatchObject({ status: 422, code: "key_reused" });
  });

  test("as many ids as are allowed fit into the body, and more do not", async () => {
    const many = Array.from({ length: 10_000 }, () => Bun.randomUUIDv7());
    const response = await post({ select: { ids: many }, outputs: [SMALL], deliver: "derivatives" });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as Job;
    const job = await server.client.jobs.get(id);
    await job.cancel();
    const more = await post({
      select: { ids: [...many, Bun.randomUUIDv7()] },
      outputs: [SMALL],
      deliver: "archive",
    });
    expect(await problemOf(more)).toMatchObject({ status: 400, parameter: "select/ids", limit: 10_000 });
    const huge = await post({ select: { urls: ["x".repeat(4_000_000)] } });
    expect(await problemOf(huge)).toMatchObject({ status: 413, limit: 4_000_000 });
  });

  test("GET /jobs/{id} shows the request in its own words, without lists and credentials", async () => {
    const json = {
      label: "tiles",
      metadata: { order: 7 },
      outputs: [{ name: "tile", steps: [{ transform: "resize", width: 8 }], format: "png" }],
      deliver: "images",
      attributes: { tags: ["a"], expiresAt: "2100-01-31T12:00:00.000Z", focalPoint: { x: 0.5, y: 0 } },
      priority: "low",
      keepSeconds: 60,
    };
    const [output] = json.outputs;
    const posted = await post({ ...json, select: { ids: ids.slice(0, 1) } });
    const { href } = (await posted.json()) as Job;
    const shown = (await (await fetch(href)).json()) as Job;
    expect(shown).toMatchObject({ ...json, select: { ids: null }, outputs: [{ ...output, steps: [{}] }] });
    const [{ name, steps = [], format, recipe: query } = {}] = shown.outputs;
    expect(steps[0]).toMatchObject({ transform: "resize", width: 8 });
    const again = await post({ ...json, outputs: [{ name, steps, format }], select: { ids } });
    const repeated = ((await again.json()) as Job).outputs;
    expect(repeated).toEqual(shown.outputs);
    const image = await fetch(`${server.url}/images/${ids[0]}?${query}`);
    expect(image.headers.get("content-type")).toBe("image/png");
  });

  test("POST accepts the JSON of a job with default values", async () => {
    const least = { select: { ids: ids.slice(0, 1) }, outputs: [{ steps: [] }], deliver: "derivatives" };
    const shown = (await (await post(least)).json()) as Job;
    const { label, metadata, outputs, deliver, attributes, priority, webhook, keepSeconds } = shown;
    expect([label, webhook]).toEqual([null, null]);
    const [{ name, steps, format } = {}] = outputs;
    const said = { label, metadata, deliver, attributes, priority, webhook, keepSeconds };
    const again = await post({ ...least, ...said, outputs: [{ name, steps, format }] });
    expect([again.status, (await again.json()) as Job]).toMatchObject([202, { ...said, outputs }]);
  });

  test("POST says what is wrong with a request", async () => {
    const select = { ids };
    const outputs = [SMALL];
    const deliver = "images";
    const cases: readonly [json: object, problem: object][] = [
      [{}, { parameter: "select" }],
      [{ select: { paths: ["a/b.jpg"] }, outputs, deliver }, { parameter: "select/paths" }],
      [{ select: { ids: ["x"] }, outputs, deliver }, { parameter: "select/ids" }],
      [
        { select: { exchange: { prefix: "a/" } }, outputs, deliver },
        { status: 501, code: "feature_disabled", parameter: "select/exchange" },
      ],
      [{ sources: { ids }, outputs }, { parameter: "sources" }],
      [{ select }, { parameter: "outputs" }],
      [{ select, outputs: {} }, { parameter: "outputs" }],
      [{ select, outputs: [{ steps: [{ transform: "blurr" }] }] }, { code: "unknown_transform" }],
      [{ select, outputs: [SMALL, SMALL] }, { parameter: "outputs" }],
      [{ select, outputs: [{ steps: [{ transform: "mask", image: "@part" }] }] }, { parameter: "image" }],
      [{ select, outputs: Array.from({ length: 21 }, () => ({ format: "png" })), deliver }, { limit: 20 }],
      [
        { select, outputs, deliver: "mail" },
        { parameter: "deliver", known: expect.any(Array) },
      ],
      [
        { select, outputs, deliver: { exchange: { prefix: "a/" } } },
        { status: 501, code: "feature_disabled", parameter: "deliver" },
      ],
      [{ select, outputs, deliver, priority: "urgent" }, { parameter: "priority" }],
      [{ select, outputs, deliver, webhook: 1 }, { parameter: "webhook" }],
      [{ select, outputs, deliver, attributes: { name: "a" } }, { parameter: "attributes/name" }],
      [{ select, outputs, deliver, attributes: { expires: "soon" } }, { parameter: "attributes/expires" }],
      [{ select, outputs, deliver, attributes: { tags: ["a", ""] } }, { parameter: "attributes/tags/1" }],
      [{ select, outputs, deliver, keepSeconds: 0 }, { parameter: "keepSeconds" }],
      [{ select, outputs, deliver, label: "" }, { parameter: "label" }],
      [{ select, outputs, deliver, metadata: { a: "x".repeat(16_384) } }, { parameter: "metadata" }],
      [
        { select, outputs },
        { parameter: "deliver", detail: expect.stringContaining("it is missing") },
      ],
      [
        { select, outputs, lifetme: 1 },
        { parameter: "lifetme", known: expect.any(Array) },
      ],
    ];
    for (const [json, problem] of cases)
      expect([json, await problemOf(await post(json))]).toEqual([
        json,
        expect.objectContaining({ status: 400, ...problem }),
      ]);
    const headers = { "idempotency-key": "a b" };
    expect(await problemOf(await post({ select, outputs, deliver }, headers))).toMatchObject({ status: 400 });
  });

  test("GET lists jobs, the newest first, page by page, also by status", async () => {
    const begun: Job[] = [];
    for (let count = 0; count < 3; count++) {
      const job = await server.client.jobs.create({
        select: { ids: ids.slice(0, 1) },
        outputs: [recipe().flip()],
        deliver: "derivatives",
      });
      begun.unshift(await job.wait());
    }
    const { items, next } = await server.client.jobs.list({ limit: 2 }).page();
    expect(items).toEqual(begun.slice(0, 2));
    expect((await server.client.jobs.list({ limit: 1 }).page(next)).items).toEqual(begun.slice(2));
    expect((await server.client.jobs.list({ status: "succeeded" }).page()).items.slice(0, 3)).toEqual(begun);
    expect((await server.client.jobs.list({ status: "failed" }).page()).items).toEqual([]);
    for (const query of ["status=over", "limit=0", "limit=1001", "cursor=x", "order=id"])
      expect((await fetch(`${server.url}/jobs?${query}`)).status).toBe(400);
  });

  test("GET /jobs/{id} answers 304 as long as it has not changed", async () => {
    const [job] = (await server.client.jobs.list({ limit: 1, status: "succeeded" }).page()).items;
    const first = await fetch(job?.href ?? "");
    const etag = first.headers.get("etag") ?? "";
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    const again = await fetch(job?.href ?? "", { headers: { "if-none-match": etag } });
    expect([again.status, again.headers.get("etag")]).toEqual([304, etag]);
    for (const id of [crypto.randomUUID(), Bun.randomUUIDv7(), "x"])
      for (const path of ["", "/items", "/events", "/results.zip"])
        expect((await fetch(`${server.url}/jobs/${id}${path}`)).status).toBe(404);
  });

  test("GET /jobs/{id}/items gives pages, also by status", async () => {
    const select = { ids: [ids[0] ?? "", Bun.randomUUIDv7(), ids[1] ?? "", Bun.randomUUIDv7()] };
    const job = await server.client.jobs.create({
      select,
      outputs: [recipe().flop()],
      deliver: "derivatives",
    });
    await job.wait();
    const indicesOf = (items: readonly JobItem[]) => items.map(({ index }) => index);
    const first = await job.items({ limit: 3 }).page();
    expect(indicesOf(first.items)).toEqual([0, 1, 2]);
    expect(indicesOf((await job.items({ limit: 3 }).page(first.next)).items)).toEqual([3]);
    expect(indicesOf(await Array.fromAsync(job.items({ status: "failed", limit: 1 })))).toEqual([1, 3]);
    expect((await fetch(`${job.job.itemsHref}?status=lost`)).status).toBe(400);
    expect((await fetch(`${job.job.itemsHref}?cursor=-1`)).status).toBe(400);
  });

  test("POST /jobs/{id}/retry retries failed items, and no others", async () => {
    elsewhere.state.isBroken = true;
    const select = { urls: [elsewhere.urlOf("r.jpg")] };
    const job = await server.client.jobs.create({ select, outputs: [recipe().flip()], deliver: "images" });
    const first = await job.wait();
    expect(first).toMatchObject({ status: "failed", attempt: 1, counts: { succeeded: 0, failed: 1 } });
    elsewhere.state.isBroken = false;
    const response = await fetch(`${first.href}/retry`, { method: "POST" });
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(first.href);
    expect(await job.wait()).toMatchObject({
      status: "succeeded",
      attempt: 2,
      counts: { succeeded: 1, failed: 0 },
    });
    const again = await job.retry().catch((error: unknown) => error);
    expect(again).toBeInstanceOf(ProgImageError);
    expect(again).toMatchObject({ status: 409, code: "conflict" });
  });

  test("POST /jobs/{id}/cancel ends a job early, and DELETE removes one that has ended", async () => {
    const slow = recipe().blur(8).resize({ width: 2000, enlarge: true }).avif();
    const job = await server.client.jobs.create({
      select: { ids },
      outputs: [slow],
      deliver: "derivatives",
    });
    for await (const { status } of job) if (status === "running") break;
    const remove = () => fetch(job.job.href, { method: "DELETE" });
    expect(await problemOf(await remove())).toMatchObject({ status: 409, code: "conflict" });
    const response = await fetch(`${job.job.href}/cancel`, { method: "POST" });
    const cancelled = (await response.json()) as Job;
    expect([response.status, cancelled.status]).toEqual([200, "cancelled"]);
    expect(await job.wait()).toMatchObject({ status: "cancelled", counts: { total: 12 } });
    const items = await itemsOf(job.id);
    const waiting = items.filter(({ status }) => status === "cancelled");
    expect(waiting).not.toEqual([]);
    expect((await job.refresh()).counts.cancelled).toBe(waiting.length);
    expect(await job.cancel()).toMatchObject({ status: "cancelled", finishedAt: cancelled.finishedAt });
    expect(await job.retry().catch((error: unknown) => error)).toMatchObject({ status: 409 });
    expect((await fetch(`${job.job.href}/retry`)).status).toBe(405);
    expect((await remove()).status).toBe(204);
    for (const response of [await remove(), await fetch(job.job.href)]) expect(response.status).toBe(404);
  });

  test("a job is removed after keepSeconds", async () => {
    const select = { ids: ids.slice(0, 1) };
    const job = await server.client.jobs.create({
      select,
      outputs: [recipe().flip()],
      keepSeconds: 1,
      deliver: "images",
    });
    const { finishedAt, expiresAt } = await job.wait();
    expect(Date.parse(expiresAt ?? "") - Date.parse(finishedAt ?? "")).toBe(1_000);
    await until("the job has expired", () => Date.now() > Date.parse(expiresAt ?? ""));
    expect((await fetch(job.job.href)).status).toBe(404);
  });
});

async function problemOf(response: Response): Promise<unknown> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return await response.json();
}
