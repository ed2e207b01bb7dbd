import { expect, test } from "bun:test";
import { type Job, recipe } from "@progimage/client";
import { testFolder } from "@progimage/core/testing";
import { connectToEach } from "./testing_connection.ts";
import { postJson, uploadPictures } from "./testing_jobs.ts";
import { noise } from "./testing_pictures.ts";
import { descendants, startServer, type TestServer } from "./testing_server.ts";

const IMAGES = 40;
const WORK = recipe().resize({ width: 300 }).webp();

test("a client that waits for a job gets its end even if the server is killed and restarted", async () => {
  await using folder = await testFolder();
  const settings = { PROGIMAGE_JOB_ITEMS_AT_A_TIME: "2" };
  const server = await startServer({ dataDir: folder.path, settings });
  const ids = await uploadPictures(server, IMAGES, 480);
  const job = await server.client.jobs.create({ select: { ids }, outputs: [WORK], deliver: "images" });
  const begun = Promise.withResolvers<void>();
  const settled: number[] = [];
  const onProgress = ({ counts }: Job) => {
    settled.push(counts.succeeded + counts.failed);
    if (counts.succeeded >= 4) begun.resolve();
  };
  const ended = job.wait({ onProgress });
  await begun.promise;
  await killAll(server);
  const { port } = new URL(server.url);
  const again = { ...settings, PROGIMAGE_PORT: port };
  await using next = await startServer({ dataDir: folder.path, settings: again });
  expect(next.url).toBe(server.url);
  expect(await ended).toMatchObject({
    id: job.id,
    status: "succeeded",
    counts: { total: IMAGES, succeeded: IMAGES, failed: 0 },
  });
  expect(settled).toEqual(settled.toSorted((one, other) => one - other));
  const images = (await Array.fromAsync(job.items())).flatMap(({ results }) =>
    results.map(({ imageId }) => imageId),
  );
  expect(new Set(images).size).toBe(IMAGES);
}, 120_000);

test("several HTTP processes share a job, and each has its progress", async () => {
  await using server = await startServer({
    settings: { PROGIMAGE_HTTP_PROCESSES: "3", PROGIMAGE_RENDER_PROCESSES: "3" },
  });
  const ids = await uploadPictures(server, IMAGES, 480);
  const connections = await connectToEach(server, 3);
  const body = Buffer.from(
    JSON.stringify({ select: { ids }, outputs: [{ format: "webp" }], deliver: "derivatives" }),
  );
  const sent = {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "idempotency-key": "one" },
  };
  const answers = await Promise.all(connections.map((connection) => connection.send("/jobs", sent)));
  const jobs = answers.map((answer) => JSON.parse(answer.body.toString()) as Job);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 202]);
  const job = await server.client.jobs.get(jobs[0]?.id ?? "");
  // Each connection may reach any of the processes.
  const ends = await Promise.all(Array.from({ length: 6 }, () => job.wait()));
  for (const end of ends) expect(end).toMatchObject({ status: "succeeded", counts: { succeeded: IMAGES } });
  for (const connection of connections) {
    const { status, body: shown } = await connection.send(`/jobs/${job.id}`);
    expect([status, JSON.parse(shown.toString())]).toEqual([200, ends[0]]);
    connection[Symbol.dispose]();
  }
}, 120_000);

test("an interactive render stays fast while a job runs", async () => {
  await using server = await startServer();
  const ids = await uploadPictures(server, 60, 800);
  const photo = await server.client.images.upload(await noise(7, 800, 600));
  let width = 100;
  const quickest = async (count: number) => {
    const times: number[] = [];
    for (let each = 0; each < count; each++) {
      const startedAt = performance.now();
      await server.client.image(photo.id).resize({ width: width++ }).webp().bytes();
      times.push(performance.now() - startedAt);
    }
    return times.toSorted((one, other) => one - other)[Math.floor(count / 2)] ?? Infinity;
  };
  await quickest(5);
  const alone = await quickest(9);
  const outputs = [recipe().resize({ width: 700 }).avif(), recipe().resize({ width: 600 }).sharpen().png()];
  const job = await server.client.jobs.create({ select: { ids }, outputs, deliver: "derivatives" });
  for await (const { counts } of job) if (counts.succeeded > 0) break;
  const beside = await quickest(9);
  expect(await job.cancel()).toMatchObject({ status: "cancelled" });
  // Without priorities it would wait behind a hundred renders: many seconds.
  expect(beside).toBeLessThan(1_000 + alone * 20);
}, 120_000);

test("a job whose items all fail does not block requests", async () => {
  await using server = await startServer();
  const ids = Array.from({ length: 10_000 }, () => Bun.randomUUIDv7());
  const json = { select: { ids }, outputs: [{ format: "webp" }], deliver: "derivatives" };
  const { id } = (await (await postJson(`${server.url}/jobs`, json)).json()) as Job;
  const job = await server.client.jobs.get(id);
  const times: number[] = [];
  while ((await job.refresh()).counts.failed < 5_000) {
    const startedAt = performance.now();
    await server.client.health();
    times.push(performance.now() - startedAt);
  }
  // If the job blocked requests, there would be only one answer.
  expect(times.length).toBeGreaterThan(10);
  await job.cancel();
}, 120_000);

/** Kills the server like a power cut. */
async function killAll(server: TestServer): Promise<void> {
  const processes = await descendants(server.pid);
  server.kill("SIGKILL");
  for (const each of processes) process.kill(each, "SIGKILL");
  await server.exited;
}
