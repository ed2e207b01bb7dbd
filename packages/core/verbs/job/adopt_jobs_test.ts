import { expect, test } from "bun:test";
import { adoptJobs } from "./adopt_jobs.ts";
import { MemoryBlobStore } from "../../blob/memory_blob_store.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { expandJob } from "../../job/running/expand_job.ts";
import type { Job } from "../../job/job.ts";
import { jobFixture } from "../../job/job_fixture.ts";
import { jobOfTask } from "../../job/queue/job_tasks.ts";
import { MemoryJobQueue } from "../../job/queue/memory_job_queue.ts";
import { MemoryJobRecords } from "../../job/records/memory_job_records.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";

const IDS = Array.from({ length: 1_210 }, (_, place) => `id ${place}`);

/** Records, and a queue with tasks for all of them. */
function scene() {
  const tables = new MemoryTables();
  const catalog = new MemoryImageCatalog(tables);
  return {
    catalog,
    blobs: new MemoryBlobStore(),
    exchange: null,
    jobs: new MemoryJobRecords(tables),
    queue: new MemoryJobQueue(),
  };
}

/** Carries out the queued tasks and settles their items. Returns the places of the items by job. */
async function workOff(ports: ReturnType<typeof scene>, { tasks = Infinity } = {}) {
  const done = new Map<string, number[]>();
  const kinds: string[] = [];
  for (let count = 0; count < tasks; count++) {
    const [task] = await ports.queue.take(1);
    if (!task) break;
    kinds.push(task.kind);
    const id = jobOfTask(task);
    if (task.kind === "expand") await expandJob(ports, task);
    if (task.kind === "items") {
      const { first, last } = task.payload;
      const query = { from: Number(first), before: Number(last) + 1, limit: 20, status: "queued" } as const;
      const places = (await ports.jobs.items(id, query)).map(({ place }) => place);
      await ports.jobs.settle(
        id,
        places.map((place) => ({ place, results: [], problem: null })),
      );
      done.set(id, [...(done.get(id) ?? []), ...places]);
    }
    await ports.queue.complete(task);
  }
  return { done, kinds };
}

async function begin(ports: ReturnType<typeof scene>, job: Partial<Job> = {}): Promise<Job> {
  const begun = jobFixture(job);
  await ports.jobs.add(begun, IDS);
  await adoptJobs(ports);
  return begun;
}

test("adoptJobs queues the remaining work of a job, and nothing else", async () => {
  const ports = scene();
  const { id } = await begin(ports);
  // Half of the sources are found, and some of their items are settled.
  const before = await workOff(ports, { tasks: 10 });
  expect(await ports.jobs.find(id)).toMatchObject({ isExpanded: false, succeeded: 180 });
  const other = { ...ports, queue: new MemoryJobQueue() };
  expect(await adoptJobs(other)).toBe(1);
  const after = await workOff(other);
  expect([...(before.done.get(id) ?? []), ...(after.done.get(id) ?? [])]).toEqual(
    Array.from(IDS, (_, place) => place),
  );
  expect(await ports.jobs.find(id)).toMatchObject({
    status: "succeeded",
    total: IDS.length,
    succeeded: IDS.length,
  });
  expect(await adoptJobs(other)).toBe(0);
  expect(await other.queue.take(1)).toEqual([]);
});

test("adoptJobs continues a retry from where its search for failed items stood", async () => {
  const ports = scene();
  const { id } = await begin(ports);
  const problem = { code: "image_not_found", message: "Cannot find image" } as const;
  while ((await ports.queue.take(1)).length > 0);
  const batch = { run: 1, from: 0, sources: IDS.map((each) => ({ id: each })), cursor: null, isLast: true };
  await ports.jobs.addItems(id, batch);
  await ports.jobs.settle(
    id,
    IDS.map((_, place) => ({ place, results: [], problem: place % 2 === 0 ? problem : null })),
  );
  await ports.jobs.retry(id);
  await ports.jobs.requeue(id, { run: 2, from: 0, limit: 100 });
  await adoptJobs(ports);
  const { done } = await workOff(ports);
  expect(done.get(id)?.toSorted((one, two) => one - two)).toEqual(
    IDS.flatMap((_, place) => (place % 2 === 0 ? [place] : [])),
  );
  expect(await ports.jobs.find(id)).toMatchObject({
    status: "succeeded",
    failed: 0,
    succeeded: IDS.length,
    run: 2,
  });
});

test("adoptJobs calls the webhooks of ended jobs, unless they were called", async () => {
  const ports = scene();
  const webhook = "https://example.com/hook";
  const unheard = await begin(ports, { webhook, lifetime: 60_000 });
  const heard = await begin(ports, { webhook, lifetime: 60_000 });
  for (const { id } of [unheard, heard]) await ports.jobs.end(id, "cancelled", null);
  const delivery = { attempts: 1, lastStatus: 204, lastAttemptAt: 1 };
  await ports.jobs.recordDelivery(heard.id, 1, { status: "delivered", ...delivery });
  const other = { ...ports, queue: new MemoryJobQueue() };
  await adoptJobs(other);
  const tasks = await other.queue.take(10);
  expect(tasks.map((task) => [task.kind, jobOfTask(task)])).toEqual([["webhook", unheard.id]]);
});
