import { describe, expect, test } from "bun:test";
import type { Job } from "@progimage/client";
import { sharedPostgres, sharedS3, testFolder, until } from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { postJson, uploadPictures } from "../end_to_end/testing_jobs.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { type SlowTransform, slowTransform } from "./testing_slow_transform.ts";

/** The number of high-priority jobs. */
const ROUNDS = process.env["PROGIMAGE_LONG_TESTS"] === "true" ? 12 : 2;

/** The maximum time until it begins, in milliseconds. */
const SOON = 2_000;

const SLOW_MILLISECONDS = 600;

const [s3, postgres] = await Promise.all([sharedS3(), sharedPostgres()]);

describe.skipIf(!s3 || !postgres)("two nodes on S3 and PostgreSQL", () => {
  if (!s3 || !postgres) return;

  test("begin a job of high priority within two seconds beside 200 slow images of a low one", async () => {
    await using folder = await testFolder();
    await using database = await postgres.freshDatabase();
    const slow = await slowTransform(folder.path);
    const settings = {
      ...slow.settings,
      ...bucketSettings(await s3.freshBucket()),
      PROGIMAGE_DATABASE_URL: database.url,
      PROGIMAGE_RENDER_PROCESSES: "2",
    };
    const start = (index: number) => startServer({ dataDir: `${folder.path}/${index}`, settings });
    await using one = await start(0);
    await using other = await start(1);
    const ids = await uploadPictures(one, 4);
    const low = await begin(one, many(ids, 200), { priority: "low", lasts: [SLOW_MILLISECONDS] });
    await underWay(slow);
    for (let round = 0; round < ROUNDS; round++)
      expect(await waitOf(round % 2 === 0 ? one : other, slow, { ids, round })).toBeLessThan(SOON);
    expect((await one.client.jobs.get(low.id)).job.status).toBe("running");
    await (await one.client.jobs.get(low.id)).cancel();
  }, 120_000);
});

describe("a node on SQLite", () => {
  test("begins a job of high priority within two seconds beside three low ones of many slow outputs each", async () => {
    await using folder = await testFolder();
    const slow = await slowTransform(folder.path);
    await using server = await startServer({
      settings: { ...slow.settings, PROGIMAGE_RENDER_PROCESSES: "2" },
    });
    const ids = await uploadPictures(server, 4);
    const lasts = Array.from({ length: 10 }, (_, index) => SLOW_MILLISECONDS + index);
    const low: Job[] = [];
    for (let count = 0; count < 3; count++)
      low.push(await begin(server, many(ids, 40), { priority: "low", lasts }));
    await underWay(slow);
    for (let round = 0; round < ROUNDS; round++)
      expect(await waitOf(server, slow, { ids, round })).toBeLessThan(SOON);
    for (const { id } of low) await (await server.client.jobs.get(id)).cancel();
  }, 120_000);
});

/** Runs a high-priority job to its end. Returns the milliseconds until its first render began. */
async function waitOf(
  server: TestServer,
  slow: SlowTransform,
  { ids, round }: { readonly ids: readonly string[]; readonly round: number },
): Promise<number> {
  const beganAt = Date.now();
  const lasts = round + 1;
  const job = await begin(server, ids.slice(0, 2), { priority: "high", lasts: [lasts] });
  const isBegun = async () => (await slow.begun()).some((render) => render.lasts === lasts);
  await until("the job of high priority has begun", isBegun, 60_000);
  const { at = 0 } = (await slow.begun()).find((render) => render.lasts === lasts) ?? {};
  const handle = await server.client.jobs.get(job.id);
  expect(await handle.wait()).toMatchObject({ status: "succeeded", counts: { succeeded: 2 } });
  console.log(`A job of high priority has begun after ${at - beganAt} ms`);
  return at - beganAt;
}

async function begin(
  { url }: TestServer,
  ids: readonly string[],
  { priority, lasts }: { readonly priority: string; readonly lasts: readonly number[] },
): Promise<Job> {
  const outputs = lasts.map((ms) => {
    return { name: `${ms}`, steps: [{ transform: "slow", ms }], format: "webp" };
  });
  const response = await postJson(`${url}/jobs`, { select: { ids }, outputs, deliver: "images", priority });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Waits for so many renders that each node holds all the tasks that it prefetches. */
async function underWay(slow: SlowTransform): Promise<void> {
  await until("renders of the first job are under way", async () => (await slow.begun()).length >= 6);
}

function many(ids: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => ids[index % ids.length] ?? "");
}
