import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import type { ArchiveKind } from "../../archive/archive_entries.ts";
import { cancelJob } from "../../verbs/job/cancel_job.ts";
import { createJob, type JobSelection } from "../../verbs/job/create_job.ts";
import { createJobOnce } from "../../verbs/job/create_job_once.ts";
import { isProgImageError } from "../../error.ts";
import { findJob } from "../../verbs/job/find_job.ts";
import { listArchive } from "../../verbs/image/list_archive.ts";
import { listJobItems } from "../../verbs/job/list_job_items.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import { retryJob } from "../../verbs/job/retry_job.ts";
import { dropStaged, stageFile } from "../../verbs/job/stage_file.ts";
import { sweepStorage } from "../../verbs/upkeep/sweep_storage.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { hasEnded, type Job } from "../job.ts";
import type { StagedUpload } from "../job_item.ts";
import { JobRunner, type JobRunnerOptions } from "./job_runner.ts";
import { testingJobPorts } from "./testing_job_ports.ts";
import { until } from "../../testing/testing_until.ts";

type TestPorts = Awaited<ReturnType<typeof testingJobPorts>>;

const DAY = 86_400_000;
const TEXT = Buffer.from("no picture");

let photo: Uint8Array;
beforeAll(async () => {
  photo = await samplePhoto();
});

describe("a job with uploaded bytes", () => {
  let folder: TestFolder;
  let ports: TestPorts;
  beforeAll(async () => {
    folder = await testFolder();
    ports = await testingJobPorts(folder.path);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  for (const kind of ["tar", "tar.gz"] as const)
    test(`stores the files of a ${kind} in their order, and its bytes are gone afterwards`, async () => {
      const files = [
        named("a.png", photo),
        named("notes.txt", TEXT),
        named("b.png", photo),
        named("empty", ""),
      ];
      const sources = await stageArchive(ports, kind, await tarOf(files));
      const job = await begin(ports, sources);
      await runToEnd(ports, job);
      const { items, job: ended } = await listJobItems(ports, job.id, { limit: 10 });
      expect(ended).toMatchObject({ status: "partially_failed", total: 4, succeeded: 2, failed: 2 });
      expect(items.map(({ source, status, problem }) => [source, status, problem?.code])).toEqual([
        [{ entry: "a.png" }, "succeeded", undefined],
        [{ entry: "notes.txt" }, "failed", "unsupported_media"],
        [{ entry: "b.png" }, "succeeded", undefined],
        [{ entry: "empty" }, "failed", "invalid_request"],
      ]);
      const [first] = items;
      const image = await ports.catalog.find(first?.results[0]?.imageId ?? "");
      expect(image).toMatchObject({ name: "a.png", tags: ["sent"], bytes: photo.length });
      await expectGone(ports, sources);
      await expect(retryJob(ports, job.id)).rejects.toThrow(/bytes that were sent along .* send them again/);
    });

  test("stores the files of a form, each with its own attributes", async () => {
    const staged = await stage(ports, photo);
    const problem = { code: "too_large", message: "Cannot receive image as it is large" } as const;
    const attributes = {
      tags: ["own"],
      metadata: { place: 1 },
      focalPoint: { x: 0.5, y: 0.25 },
      expiresAt: 4_000_000_000_000,
    };
    const sources = {
      uploads: [
        { upload: "a.png", ...staged, attributes },
        { upload: "huge.png", problem },
        { upload: "", ...(await stage(ports, TEXT)) },
      ],
    };
    const job = await begin(ports, sources);
    await runToEnd(ports, job);
    const { items, job: ended } = await listJobItems(ports, job.id, { limit: 10 });
    expect(ended).toMatchObject({ status: "partially_failed", total: 3, succeeded: 1, failed: 2 });
    expect(items.map(({ problem: found }) => found?.code)).toEqual([
      undefined,
      "too_large",
      "unsupported_media",
    ]);
    expect(items[1]?.problem).toEqual(problem);
    const image = await ports.catalog.find(items[0]?.results[0]?.imageId ?? "");
    expect(image).toMatchObject({ name: "a.png", ...attributes });
    await expectGone(ports, sources);
  });

  test("continues where a process stopped, and stores nothing twice", async () => {
    const files = Array.from({ length: 40 }, (_, index) => named(`${index}.png`, photo));
    const sources = await stageArchive(ports, "tar.gz", await tarOf(files));
    const before = await count(ports);
    const job = await begin(ports, sources);
    for (let done = 0; done < 40;) {
      const runner = startRunner(ports);
      await until("an item is done", async () => (await findJob(ports, job.id)).succeeded > done);
      await runner.stop();
      done = (await findJob(ports, job.id)).succeeded;
    }
    expect(await findJob(ports, job.id)).toMatchObject({ status: "succeeded", succeeded: 40, failed: 0 });
    expect((await count(ports)) - before).toBe(40);
    await expectGone(ports, sources);
  });

  test("gives other jobs their turn while an archive is read, and continues from there", async () => {
    const files = Array.from({ length: 40 }, (_, index) => named(`${index}.png`, photo));
    const archives = [await tarOf(files), await tarOf(files)];
    const before = await count(ports);
    const jobs: Job[] = [];
    for (const bytes of archives) jobs.push(await begin(ports, await stageArchive(ports, "tar.gz", bytes)));
    const { queue } = ports;
    const take = queue.take.bind(queue);
    const taken: string[] = [];
    queue.take = async (...options) => {
      const tasks = await take(...options);
      taken.push(...tasks.filter(({ kind }) => kind === "items").map(({ line }) => line));
      return tasks;
    };
    const ids = jobs.map(({ id }) => id);
    await using _runner = startRunner(ports, { itemsAtATime: 1, turnMs: 1 });
    for (const id of ids) await until("the job has ended", async () => hasEnded(await findJob(ports, id)));
    for (const id of ids)
      expect(await findJob(ports, id)).toMatchObject({ status: "succeeded", succeeded: 40, failed: 0 });
    expect((await count(ports)) - before).toBe(80);
    queue.take = take;
    // Each task was returned to the queue and taken again.
    for (const id of ids) expect(taken.filter((line) => line === id).length).toBeGreaterThan(1);
  });

  test("fails the remaining items of an archive that turns out to be a bomb", async () => {
    const bomb = named("bomb", Buffer.alloc(12_000_000));
    const bytes = gzipSync(await tarOf([named("a.png", photo), bomb, named("b.png", photo)]));
    await using file = await ports.spool.receive(chunksOf(bytes), { limit: 1e9 });
    const limits = { ...ports.limits, unpackedRatio: 1 };
    await expect(listArchive({ limits }, "tar.gz", file)).rejects.toThrow(/times as many bytes unpacked/);
    const names = await listArchive(ports, "tar.gz", file);
    const sources = { archive: { archive: "tar.gz", ...(await stageFile(ports, file)) }, names } as const;
    const job = await begin(ports, sources);
    await runToEnd({ ...ports, limits }, job);
    const { items } = await listJobItems(ports, job.id, { limit: 10 });
    expect(items.map(({ problem }) => problem?.code)).toEqual([undefined, "too_large", "too_large"]);
  });

  test("is created once under a key: a repeated upload is dropped, and other bytes are rejected", async () => {
    const [one, again, other] = [
      await stage(ports, photo),
      await stage(ports, photo),
      await stage(ports, TEXT),
    ];
    const requestOf = (upload: object) => ({
      select: { uploads: [{ upload: "a", ...upload } as StagedUpload] },
      outputs: [],
      deliver: "images" as const,
    });
    const first = await createJobOnce(ports, "form", requestOf({ ...one, attributes: { expiresAt: 1 } }));
    const second = await createJobOnce(ports, "form", requestOf({ ...again, attributes: { expiresAt: 2 } }));
    expect([second.isReplayed, second.job.id]).toEqual([true, first.job.id]);
    await expect(createJobOnce(ports, "form", requestOf(other))).rejects.toThrow(/idempotency key/);
    await dropStaged(ports, [one.blob, again.blob, other.blob]);
    expect(await ports.blobs.open(one.blob)).not.toBeNull();
    expect(await ports.blobs.open(again.blob)).toBeNull();
    expect(await ports.blobs.open(other.blob)).toBeNull();
    await cancelJob(ports, first.job.id);
    expect(await ports.blobs.open(one.blob)).toBeNull();
  });

  test("is not swept however long it waits, and its bytes are swept if they remain after its end", async () => {
    const sources = await stageArchive(ports, "tar", await tarOf([named("a.png", photo)]));
    const { blob } = sources.archive;
    const job = await begin(ports, sources);
    await makeOld(folder, blob);
    await sweep(ports, blob);
    expect(await ports.blobs.open(blob)).not.toBeNull();
    // Simulates a crash right after this call.
    await ports.jobs.end(job.id, "cancelled", null);
    await sweep(ports, blob);
    expect(await ports.blobs.open(blob)).toBeNull();
  });

  test("finishes the item in progress when cancelled, begins no other, and removes its bytes", async () => {
    const files = Array.from({ length: 60 }, (_, index) => named(`${index}.png`, photo));
    const sources = await stageArchive(ports, "tar", await tarOf(files));
    const job = await begin(ports, sources);
    const runner = startRunner(ports);
    await until("an item is done", async () => (await findJob(ports, job.id)).succeeded > 0);
    await cancelJob(ports, job.id);
    await runner.stop();
    const { items, job: ended } = await listJobItems(ports, job.id, { limit: 100 });
    expect([ended.status, ended.failed]).toEqual(["cancelled", 0]);
    expect(items.filter(({ status }) => status === "cancelled").length).toBeGreaterThan(10);
    await expectGone(ports, sources);
    expect(await readdir(join(folder.path, "incoming"))).toEqual([]);
  });
});

function named(name: string, bytes: Uint8Array | string) {
  return { name, bytes: Buffer.from(bytes) };
}

async function tarOf(files: readonly ReturnType<typeof named>[]): Promise<Uint8Array> {
  return await packTar(
    files.map(({ name, bytes }) => ({
      header: { name, size: bytes.length, type: "file" as const },
      body: bytes,
    })),
  );
}

async function stage(ports: TestPorts, bytes: Uint8Array) {
  await using file = await ports.spool.receive(chunksOf(bytes), { limit: 1e9 });
  return await stageFile(ports, file);
}

async function stageArchive(ports: TestPorts, archive: ArchiveKind, tar: Uint8Array) {
  const bytes = archive === "tar.gz" ? gzipSync(tar) : tar;
  await using file = await ports.spool.receive(chunksOf(bytes), { limit: 1e9 });
  const names = await listArchive(ports, archive, file);
  return { archive: { archive, ...(await stageFile(ports, file)) }, names };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

async function begin(ports: TestPorts, select: JobSelection): Promise<Job> {
  const attributes = { tags: ["sent"] };
  return await createJob(ports, { select, outputs: [], deliver: "images", attributes });
}

function startRunner(ports: TestPorts, options: Partial<JobRunnerOptions> = {}): JobRunner {
  return new JobRunner(ports, {
    itemsAtATime: 3,
    ...options,
    onFault: ({ message, err }) => {
      if (!isProgImageError(err)) console.error(message, err);
    },
  });
}

async function runToEnd(ports: TestPorts, { id }: Job): Promise<void> {
  await using _runner = startRunner(ports);
  await until("the job has ended", async () => hasEnded(await findJob(ports, id)));
}

async function count({ catalog }: TestPorts): Promise<number> {
  return (await catalog.list({ order: "createdAt", descending: false, limit: 1_000 })).length;
}

/** Expects that staged bytes are removed right after the end of the job. */
async function expectGone({ blobs }: TestPorts, sources: JobSelection): Promise<void> {
  const uploads = "uploads" in sources ? sources.uploads : [];
  const keys =
    "archive" in sources
      ? [sources.archive.blob]
      : uploads.flatMap((each) => ("blob" in each ? each.blob : []));
  expect(keys).not.toBeEmpty();
  for (const key of keys) expect(await blobs.open(key)).toBeNull();
}

async function makeOld({ path }: TestFolder, key: string): Promise<void> {
  const then = (Date.now() - 30 * DAY) / 1000;
  await utimes(join(path, "blobs", key.slice(0, 2), key), then, then);
}

async function sweep(ports: TestPorts, key: string): Promise<void> {
  const options = { holder: "test", grace: DAY, shard: key.slice(0, 2) };
  expect(await sweepStorage(ports, options)).toMatchObject({ fault: null, failures: [] });
}
