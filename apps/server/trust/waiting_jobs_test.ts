import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Job } from "@progimage/client";
import { postJson, uploadPictures } from "../end_to_end/testing_jobs.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { blobsBelow, startServer, type TestServer } from "../end_to_end/testing_server.ts";

/** No process runs jobs: all jobs stay in the queue. */
const SETTINGS = {
  PROGIMAGE_JOB_ITEMS_AT_A_TIME: "0",
  PROGIMAGE_MAX_WAITING_JOBS: "3",
  PROGIMAGE_MAX_WAITING_JOB_ITEMS: "10",
};

describe("a server with a full queue of jobs", () => {
  let server: TestServer;
  let ids: string[];
  beforeAll(async () => {
    server = await startServer({ settings: SETTINGS });
    ids = await uploadPictures(server, 8);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const post = async (select: object, headers: Readonly<Record<string, string>> = {}) => {
    const outputs = [{ format: "webp" }];
    const response = await postJson(`${server.url}/jobs`, { select, outputs, deliver: "images" }, headers);
    const body = (await response.json()) as Job & { readonly code?: string; readonly limit?: number };
    return { status: response.status, retryAfter: response.headers.get("retry-after"), body };
  };
  const cancelAll = async () => {
    for await (const { id } of server.client.jobs.list()) await (await server.client.jobs.get(id)).cancel();
  };

  test("refuses a job with more images than there is room for, by a 429 with Retry-After", async () => {
    await cancelAll();
    expect((await post({ ids })).status).toBe(202);
    const refused = { status: 429, retryAfter: "30", body: { code: "too_many_jobs", limit: 10 } };
    expect(await post({ ids: ids.slice(0, 3) })).toMatchObject(refused);
    expect((await post({ ids: ids.slice(0, 2) })).status).toBe(202);
    expect(await post({ filter: { tag: "pictures" } })).toMatchObject(refused);
    expect(await Array.fromAsync(server.client.jobs.list({ status: "queued" }))).toHaveLength(2);
  });

  test("refuses another job, returns known ones by their key, and has room once one has ended", async () => {
    await cancelAll();
    const key = { "idempotency-key": crypto.randomUUID() };
    const sources = { ids: ids.slice(0, 1) };
    const first = await post(sources, key);
    for (let count = 0; count < 2; count++) expect((await post(sources)).status).toBe(202);
    const refused = { status: 429, retryAfter: "30", body: { code: "too_many_jobs", limit: 3 } };
    expect(await post(sources)).toMatchObject(refused);
    expect(await post(sources, key)).toMatchObject({ status: 202, body: { id: first.body.id } });
    expect(await post({ filter: { tag: "pictures" } }, { "idempotency-key": "other" })).toMatchObject(
      refused,
    );
    await (await server.client.jobs.get(first.body.id)).cancel();
    expect((await post(sources)).status).toBe(202);
  });

  test("keeps no files of a refused job", async () => {
    await cancelAll();
    for (let count = 0; count < 3; count++) await post({ ids: ids.slice(0, 1) });
    const blobs = await blobsBelow(join(server.dataDir, "fs"));
    const form = new FormData();
    form.append("file", new File([new Uint8Array(await noise(77))], "a.jpg"));
    const headers = { prefer: "respond-async" };
    const response = await fetch(`${server.url}/images`, { method: "POST", body: form, headers });
    expect([response.status, await response.json()]).toMatchObject([429, { code: "too_many_jobs" }]);
    expect((await blobsBelow(join(server.dataDir, "fs"))).toSorted()).toEqual(blobs.toSorted());
  });
});
