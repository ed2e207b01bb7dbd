import { describe, expect, test } from "bun:test";
import { MemoryTables } from "../../database/memory_tables.ts";
import { createJobOnce } from "./create_job_once.ts";
import type { JobRequest } from "./create_job.ts";
import { isImageId } from "../../image/image_id.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { MemoryJobQueue } from "../../job/queue/memory_job_queue.ts";
import { MemoryJobRecords } from "../../job/records/memory_job_records.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { removeJob } from "./remove_job.ts";

const OUTPUTS = [{ name: null, steps: [], format: "webp" }] as const;

function ports() {
  const tables = new MemoryTables();
  return {
    catalog: new MemoryImageCatalog(tables),
    exchange: null,
    jobs: new MemoryJobRecords(tables),
    limits: DEFAULT_LIMITS,
    now: Date.now,
    owner: "",
    queue: new MemoryJobQueue(),
  };
}

function requestFor(ids: readonly string[], more: Partial<JobRequest> = {}): JobRequest {
  return { select: { ids }, outputs: OUTPUTS, deliver: "images", ...more };
}

describe("createJobOnce", () => {
  test("returns the same job for the same key and request, also concurrently", async () => {
    const there = ports();
    const request = requestFor([Bun.randomUUIDv7()], { attributes: { tags: ["a"], expiresAt: 1 } });
    const begun = await Promise.all([1, 2, 3].map(() => createJobOnce(there, "key", request)));
    const later = { ...request, attributes: { tags: ["a"], expiresAt: 2 } };
    begun.push(await createJobOnce(there, "key", later));
    expect(new Set(begun.map(({ job }) => job.id)).size).toBe(1);
    expect(begun.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
    expect(isImageId(begun[0]?.job.id ?? "")).toBe(true);
    expect(await there.jobs.list({ limit: 10 })).toHaveLength(1);
    expect(await there.queue.take(10)).toHaveLength(1);
  });

  test("creates a job for each owner of the same key", async () => {
    const first = ports();
    const jobs = first.jobs.of("a");
    const request = requestFor([Bun.randomUUIDv7()]);
    const begun = [
      await createJobOnce(first, "a b", request),
      await createJobOnce({ ...first, jobs, owner: "a" }, "a b", request),
      await createJobOnce({ ...first, jobs, owner: "a" }, "b", request),
      await createJobOnce({ ...first, jobs, owner: "a" }, "a b", request),
    ];
    expect(begun.map(({ isReplayed }) => isReplayed)).toEqual([false, false, false, true]);
    expect(new Set(begun.map(({ job }) => job.id)).size).toBe(3);
    expect(begun.map(({ job }) => job.owner)).toEqual(["", "a", "a", "a"]);
  });

  test("creates another job once the first was removed", async () => {
    const there = ports();
    const request = requestFor([Bun.randomUUIDv7()]);
    const { job } = await createJobOnce(there, "key", request);
    await expect(removeJob(there, job.id)).rejects.toMatchObject({ code: "conflict" });
    await there.jobs.end(job.id, "cancelled", null);
    await removeJob(there, job.id);
    await expect(removeJob(there, job.id)).rejects.toMatchObject({ code: "job_not_found" });
    const again = await createJobOnce(there, "key", request);
    expect(again).toMatchObject({ isReplayed: false, job: { id: job.id, status: "queued" } });
  });

  test("creates different jobs for different keys", async () => {
    const there = ports();
    const request = requestFor([Bun.randomUUIDv7()]);
    const one = await createJobOnce(there, "one", request);
    const other = await createJobOnce(there, "other", request);
    expect(other).toMatchObject({ isReplayed: false });
    expect(other.job.id).not.toBe(one.job.id);
  });

  test("rejects a key that was used for another request", async () => {
    const there = ports();
    const ids = [Bun.randomUUIDv7()];
    await createJobOnce(there, "key", requestFor(ids));
    const others = [
      requestFor([...ids, Bun.randomUUIDv7()]),
      requestFor(ids, { deliver: "derivatives" }),
      requestFor(ids, { priority: "high" }),
      requestFor(ids, { attributes: { focalPoint: { x: 0, y: 0 } } }),
      requestFor(ids, { outputs: [], deliver: "images", select: { urls: ["http://example.com/a.png"] } }),
      { ...requestFor(ids), select: { filter: {} } },
    ];
    for (const other of others)
      await expect(createJobOnce(there, "key", other)).rejects.toMatchObject({ code: "key_reused" });
  });

  test("queues a job whose creation was interrupted", async () => {
    const there = ports();
    const request = requestFor([Bun.randomUUIDv7()]);
    await createJobOnce(there, "key", request);
    const [lost] = await there.queue.take(1);
    if (lost) await there.queue.complete(lost);
    expect(await createJobOnce(there, "key", request)).toMatchObject({ isReplayed: true });
    expect(await there.queue.take(10)).toMatchObject([{ id: lost?.id }]);
  });
});
