import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cancelJob } from "../../verbs/job/cancel_job.ts";
import { createJob, type JobRequest } from "../../verbs/job/create_job.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { ProgImageError } from "../../error.ts";
import { findJob } from "../../verbs/job/find_job.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import { listJobItems } from "../../verbs/job/list_job_items.ts";
import type { Ports } from "../../ports.ts";
import { samplePhoto } from "../../render/sample_images.ts";
import { retryJob } from "../../verbs/job/retry_job.ts";
import { storeImage } from "../../verbs/image/store_image.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { hasEnded, type JobOutput } from "../job.ts";
import { expandTask } from "../queue/job_tasks.ts";
import { MemoryJobRecords } from "../records/memory_job_records.ts";
import { JobRunner } from "./job_runner.ts";
import type { TaskHandler } from "../queue/task_handler.ts";
import { testingJobPorts } from "./testing_job_ports.ts";
import { tenantPorts } from "../../tenant/tenant_ports.ts";
import { until } from "../../testing/testing_until.ts";

type TestPorts = Awaited<ReturnType<typeof testingJobPorts>>;

const SMALL: JobOutput = { name: null, steps: [{ transform: "box", params: { side: 16 } }], format: "webp" };
const TINY: JobOutput = { name: "tiny", steps: [{ transform: "box", params: { side: 8 } }], format: null };
const TOO_LARGE: JobOutput = {
  name: "huge",
  steps: [{ transform: "box", params: { side: 20_000 } }],
  format: "png",
};

describe("JobRunner", () => {
  let shared: TestFolder;
  let photo: string;
  beforeAll(async () => {
    shared = await testFolder();
    photo = join(shared.path, "photo.jpg");
    await Bun.write(photo, await samplePhoto());
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  test("renders the images of a list into the cache", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 3);
      const { job, items } = await runToEnd(ports, request({ select: { ids } }));
      expect(job).toMatchObject({ status: "succeeded", total: 3, succeeded: 3, failed: 0 });
      expect(items.map(({ source }) => source)).toEqual(ids.map((id) => ({ id })));
      for (const { results } of items) {
        const [result] = results;
        expect(result).toMatchObject({ output: 0, format: "webp" });
        expect((await ports.derivatives.find(result?.key ?? ""))?.bytes).toBe(result?.bytes ?? 0);
      }
    }));

  test("runs the jobs of each tenant with its ports", () =>
    withPorts(async (ports) => {
      const acme = tenantPorts(ports, "acme");
      const [id = ""] = await storeImages(acme, photo, 1);
      const deliver = { exchange: { prefix: "out/" } };
      const begun = await createJob(acme, request({ select: { ids: [id] }, deliver }));
      await using _runner = runnerOf(ports);
      const { job, items } = await waitForEnd(acme, begun.id);
      expect(job).toMatchObject({ owner: "acme", status: "succeeded", succeeded: 1 });
      const [name = ""] = items.flatMap(({ results }) => results.map(({ exchange = "" }) => exchange));
      expect(await ports.exchange?.open(`acme/${name}`)).not.toBeNull();
      expect(await ports.jobs.find(job.id)).toBeNull();
    }));

  test("stores results as images named like their sources, and stores nothing twice when run again", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 2);
      const attributes = { tags: ["small"], metadata: { from: "job" } };
      const wanted = request({ select: { ids }, outputs: [SMALL, TINY], deliver: "images", attributes });
      const { job, items } = await runToEnd(ports, wanted);
      expect(items.flatMap(({ results }) => results.map(({ output, format }) => [output, format]))).toEqual([
        [0, "webp"],
        [1, "png"],
        [0, "webp"],
        [1, "png"],
      ]);
      const stored = await ports.catalog.list({
        order: "createdAt",
        descending: false,
        limit: 100,
        tag: "small",
      });
      expect(stored).toHaveLength(4);
      expect(stored.map(({ name, width }) => `${name} ${width}`).toSorted()).toEqual([
        "photo 0.png 8",
        "photo 0.webp 16",
        "photo 1.png 8",
        "photo 1.webp 16",
      ]);
      // Simulates a process that is killed before it records the outcome.
      const again = {
        ...job,
        status: "running",
        succeeded: 0,
        isExpanded: false,
        expandedTo: 0,
        total: null,
      } as const;
      const next = { ...ports, jobs: new MemoryJobRecords(new MemoryTables()) };
      await next.jobs.add({ ...again, expiresAt: null, finishedAt: null }, ids);
      await next.queue.add([expandTask(job, 0)]);
      await using _runner = runnerOf(next);
      const second = await waitForEnd(next, job.id);
      expect(second.items.map(({ results }) => results)).toEqual(items.map(({ results }) => results));
      expect(await countImages(ports)).toBe(2 + 4);
    }));

  test("stores images from URLs unchanged, and reports those that could not be fetched", () =>
    withPorts(
      async (ports) => {
        const urls = ["https://example.com/a.jpg", "https://example.com/none.jpg"];
        const { job, items } = await runToEnd(
          ports,
          request({ select: { urls }, outputs: [], deliver: "images" }),
        );
        expect(job).toMatchObject({ status: "partially_failed", total: 2, succeeded: 1, failed: 1 });
        expect((await ports.catalog.find(items[0]?.results[0]?.imageId ?? ""))?.name).toBe("a.jpg");
        expect(items[1]).toMatchObject({ status: "failed", problem: { code: "source_not_found" } });
      },
      () => new Map([["https://example.com/a.jpg", photo]]),
    ));

  test("reads files of the exchange, and writes some below a prefix", () =>
    withPorts(async (ports, folder) => {
      for (const name of ["in/b.jpg", "in/a b.jpg", "other.jpg"]) await ports.exchange?.put(name, photo);
      const wanted = request({
        select: { exchange: { prefix: "in/" } },
        outputs: [SMALL, TINY],
        deliver: { exchange: { prefix: "out/" } },
      });
      const { job, items } = await runToEnd(ports, wanted);
      expect(job).toMatchObject({ status: "succeeded", total: 2, succeeded: 2 });
      const written = await readdir(join(folder, "exchange/out"), { recursive: true });
      const names = ["1-a-b/1.webp", "1-a-b/tiny.png", "2-b/1.webp", "2-b/tiny.png"];
      expect(written.filter((name) => name.includes(".")).toSorted()).toEqual(names);
      expect(items.flatMap(({ results }) => results.map(({ exchange }) => exchange))).toEqual(
        names.map((name) => `out/${name}`),
      );
    }));

  test("selects by a filter the images that existed when the job began", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 3, { tags: ["a"] });
      await storeImages(ports, photo, 1);
      const job = await createJob(
        ports,
        request({ select: { filter: { tag: "a" } }, deliver: "images", attributes: { tags: ["a"] } }),
      );
      await storeImages(ports, photo, 2, { tags: ["a"] });
      await using _runner = runnerOf(ports);
      const { items } = await waitForEnd(ports, job.id);
      expect(items.map(({ source }) => source)).toEqual(ids.map((id) => ({ id })));
    }));

  test("selects by a prefix of the name, without images that came later", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 2);
      const job = await createJob(ports, request({ select: { filter: { namePrefix: "photo" } } }));
      await storeImages(ports, photo, 2);
      await using _runner = runnerOf(ports);
      expect((await waitForEnd(ports, job.id)).items.map(({ source }) => source)).toEqual(
        ids.map((id) => ({ id })),
      );
    }));

  test("completes a job of more than one batch and one task, in order", () =>
    withPorts(async (ports) => {
      const [id = ""] = await storeImages(ports, photo, 1);
      const ids = Array.from({ length: 1_234 }, () => id);
      const { job } = await runToEnd(ports, request({ select: { ids } }));
      expect(job).toMatchObject({ status: "succeeded", total: 1_234, succeeded: 1_234 });
      expect(await ports.queue.take(1)).toEqual([]);
    }));

  test("fails single items, not the job, for deleted images and outputs that are too large", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 2);
      const job = await createJob(ports, request({ select: { ids }, outputs: [SMALL, TOO_LARGE] }));
      await ports.catalog.remove(ids[0] ?? "");
      await using _runner = runnerOf(ports);
      const { items, job: ended } = await waitForEnd(ports, job.id);
      expect(ended).toMatchObject({ status: "failed", succeeded: 0, failed: 2 });
      expect(items[0]?.problem?.code).toBe("image_not_found");
      expect(items[1]).toMatchObject({
        problem: { code: "too_many_pixels", output: 1 },
        results: [{ output: 0 }],
      });
    }));

  test("retryJob() retries failed items, and keeps results that succeeded", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 2);
      const render = ports.renderer.render.bind(ports.renderer);
      let renders = 0;
      ports.renderer.render = async (job, options) => {
        renders++;
        if (renders === 2) throw new ProgImageError("broken_image", "Cannot read image");
        return await render(job, options);
      };
      const first = await runToEnd(ports, request({ select: { ids }, deliver: "images" }), 1);
      expect(first.job).toMatchObject({ status: "partially_failed", succeeded: 1, failed: 1 });
      await retryJob(ports, first.job.id);
      await using _runner = runnerOf(ports);
      const second = await waitForEnd(ports, first.job.id);
      expect(second.job).toMatchObject({ status: "succeeded", run: 2, succeeded: 2, failed: 0 });
      expect(renders).toBe(3);
      expect(await countImages(ports)).toBe(4);
      await expect(retryJob(ports, first.job.id)).rejects.toMatchObject({ code: "conflict" });
    }));

  test("waits as long as the server is busy", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 1);
      const render = ports.renderer.render.bind(ports.renderer);
      let refusals = 0;
      ports.renderer.render = async (job, options) => {
        expect(options?.priority).toBe("bulk");
        if (refusals++ < 3) throw new ProgImageError("busy", "Cannot process image now");
        return await render(job, options);
      };
      expect((await runToEnd(ports, request({ select: { ids } }))).job).toMatchObject({
        status: "succeeded",
        succeeded: 1,
      });
      expect(refusals).toBe(4);
    }));

  test("cancelJob() begins no further items, and calls the webhook", () =>
    withPorts(async (ports) => {
      const [id = ""] = await storeImages(ports, photo, 1);
      const { begun, goOn } = pauseRenders(ports);
      const wanted = request({
        select: { ids: Array.from({ length: 50 }, () => id) },
        webhook: "https://example.com",
      });
      const job = await createJob(ports, wanted);
      const heard: string[] = [];
      const webhook: TaskHandler = async ({ payload }) => void heard.push(String(payload["job"]));
      await using runner = runnerOf(ports, 2, { webhook });
      await begun;
      expect(await cancelJob(ports, job.id)).toMatchObject({ status: "cancelled" });
      goOn();
      await until("the webhook was sent", () => heard.length > 0);
      await runner.stop();
      const ended = await findJob(ports, job.id);
      expect(ended.status).toBe("cancelled");
      expect(ended.succeeded).toBeLessThan(50);
      const { items } = await listJobItems(ports, job.id, { limit: 100 });
      expect(items.filter(({ status }) => status === "cancelled")).toHaveLength(50 - ended.succeeded);
      expect(heard).toEqual([job.id]);
    }));

  test("stop() finishes items in progress and releases the others at once", () =>
    withPorts(async (ports) => {
      const ids = await storeImages(ports, photo, 30);
      const { begun, goOn } = pauseRenders(ports);
      const job = await createJob(ports, request({ select: { ids } }));
      const runner = runnerOf(ports, 2);
      await begun;
      const stopped = runner.stop();
      goOn();
      await stopped;
      const { succeeded } = await findJob(ports, job.id);
      expect(succeeded).toBeGreaterThan(0);
      expect(succeeded).toBeLessThan(30);
      await using _next = runnerOf(ports);
      expect((await waitForEnd(ports, job.id)).job).toMatchObject({ succeeded: 30 });
    }));

  test("a task that fails is retried, and a job whose images cannot be found fails in the end", () =>
    withPorts(async (ports) => {
      const fault: string[] = [];
      const list = ports.catalog.list.bind(ports.catalog);
      await storeImages(ports, photo, 1);
      const job = await createJob(ports, request({ select: { filter: {} } }));
      ports.catalog.list = () =>
        Promise.reject(new ProgImageError("unavailable", "Cannot reach the catalog"));
      const fail = ports.queue.fail.bind(ports.queue);
      ports.queue.fail = (task) => fail(task, { retryInMs: 0 });
      await using _runner = new JobRunner(ports, {
        itemsAtATime: 1,
        onFault: ({ message }) => fault.push(message),
      });
      const { job: ended } = await waitForEnd(ports, job.id);
      ports.catalog.list = list;
      expect(ended).toMatchObject({ status: "failed", problem: { code: "unavailable" } });
      expect(fault).toHaveLength(10);
    }));
});

async function withPorts(
  work: (ports: TestPorts, folder: string) => Promise<void>,
  remote: () => ReadonlyMap<string, string> = () => new Map(),
): Promise<void> {
  await using folder = await testFolder();
  await work(await testingJobPorts(folder.path, remote()), folder.path);
}

function request(wanted: Partial<JobRequest> & Pick<JobRequest, "select">): JobRequest {
  return { outputs: [SMALL], deliver: "derivatives", ...wanted };
}

async function storeImages(
  ports: Ports,
  path: string,
  count: number,
  attributes = {},
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    await using file = await ports.spool.receive(Bun.file(path).stream(), { limit: 1e9 });
    const { image } = await storeImage(ports, file, {
      ...NO_ATTRIBUTES,
      name: `photo ${index}.jpg`,
      ...attributes,
    });
    ids.push(image.id);
  }
  return ids;
}

async function countImages({ catalog }: Ports): Promise<number> {
  return (await catalog.list({ order: "createdAt", descending: false, limit: 1_000 })).length;
}

function runnerOf(ports: Ports, itemsAtATime = 4, handlers: Readonly<Record<string, TaskHandler>> = {}) {
  const onFault = ({ err }: { readonly err: unknown }) => {
    throw err;
  };
  return new JobRunner(ports, { itemsAtATime, handlers, onFault });
}

async function runToEnd(ports: Ports, wanted: JobRequest, itemsAtATime?: number) {
  const job = await createJob(ports, wanted);
  await using _runner = runnerOf(ports, itemsAtATime);
  return await waitForEnd(ports, job.id);
}

async function waitForEnd(ports: Ports, id: string) {
  let job = await findJob(ports, id);
  await until("the job has ended", async () => hasEnded((job = await findJob(ports, id))) || job.status);
  const { items } = await listJobItems(ports, id, { limit: 2_000 });
  return { job, items };
}

/** Blocks every render until it is released. */
function pauseRenders(ports: TestPorts) {
  const begun = Promise.withResolvers<void>();
  const allowed = Promise.withResolvers<void>();
  const render = ports.renderer.render.bind(ports.renderer);
  ports.renderer.render = async (job, options) => {
    begun.resolve();
    await allowed.promise;
    return await render(job, options);
  };
  return { begun: begun.promise, goOn: allowed.resolve };
}
